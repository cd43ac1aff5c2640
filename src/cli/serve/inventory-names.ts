import { labelValueFaults } from '../../kube/label-syntax.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

/** The name is also the value of a label of every profile. */
export function isManagerName(text: string): boolean {
  return text !== '' && labelValueFaults(text).length === 0;
}
