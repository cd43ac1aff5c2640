import { withVersion } from '../api-version.ts';
import type { VersionDefinition } from '../definition.ts';
import { v1beta1 } from './v1beta1.ts';

export const v1alpha1: VersionDefinition = {
  ...v1beta1,
  name: 'v1alpha1',
  fromStorage: (object) => withVersion(object, 'v1alpha1'),
};
