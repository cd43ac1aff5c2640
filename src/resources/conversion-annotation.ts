import { CONVERSION_DATA_ANNOTATION } from '../kube/domain.ts';
import type { ObjectMeta } from '../kube/object.ts';
import type { ConversionData } from './conversion-data.ts';
import { encodeConversionData, parseConversionData } from './conversion-data.ts';

const ANNOTATIONS_PATH = 'metadata.annotations';

/** What an object carries that its version cannot express; undefined if nothing of ours is there. */
export function readConversionData({ annotations }: ObjectMeta): ConversionData | undefined {
  return parseConversionData(annotations?.[CONVERSION_DATA_ANNOTATION]);
}

/** The metadata with the annotation, or the very same metadata if there is nothing to keep. */
export function withConversionData(metadata: ObjectMeta, data: ConversionData): ObjectMeta {
  const { [CONVERSION_DATA_ANNOTATION]: shadow, ...others } = metadata.annotations ?? {};
  if (Object.keys(data).length === 0 && shadow === undefined) return metadata;
  const isEmptyMap = metadata.annotations !== undefined && Object.keys(metadata.annotations).length === 0;
  const empty = [...(data.empty ?? []), ...(isEmptyMap ? [ANNOTATIONS_PATH] : [])];
  const whole: ConversionData = { ...data, empty, ...(shadow === undefined ? {} : { shadow }) };
  const text = encodeConversionData(whole, others);
  return text === undefined
    ? metadata
    : { ...metadata, annotations: { ...others, [CONVERSION_DATA_ANNOTATION]: text } };
}

/** The metadata as it was before `withConversionData`, apart from what was edited since. */
export function withoutConversionData(metadata: ObjectMeta, data: ConversionData): ObjectMeta {
  const { annotations = {}, ...rest } = metadata;
  const others = withoutOurKey(annotations);
  const restored = data.shadow === undefined ? others : { ...others, [CONVERSION_DATA_ANNOTATION]: data.shadow };
  const isAbsent = Object.keys(restored).length === 0 && data.empty?.includes(ANNOTATIONS_PATH) !== true;
  return isAbsent ? rest : { ...rest, annotations: restored };
}

function withoutOurKey(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== CONVERSION_DATA_ANNOTATION));
}
