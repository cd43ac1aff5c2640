import { celFunc, type CelFunc, celList, celMethod, CelScalar } from '@bufbuild/cel';
import {
  dnsLabelFaults,
  labelKeyFaults,
  labelValueFaults,
  oldDnsLabelFaults,
  subdomainFaults,
} from '../../kube/label-syntax.ts';
import { createOpaqueType } from '../opaque.ts';
import { OPTIONAL } from './optionals.ts';
import { checkUrl } from './url-value.ts';

const { STRING } = CelScalar;

/** What a text must look like: what is wrong with one, in the words of Kubernetes. */
interface Format {
  readonly name: string;
  readonly faults: (text: string) => readonly string[];
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
/** Kubernetes takes any character in front of the fraction. */
const TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/;

const NAMED: Readonly<Record<string, Format['faults']>> = {
  dns1123Label: dnsLabelFaults,
  dns1123Subdomain: subdomainFaults,
  dns1035Label: oldDnsLabelFaults,
  qualifiedName: labelKeyFaults,
  dns1123LabelPrefix: (text) => dnsLabelFaults(withoutTrailingDash(text)),
  dns1123SubdomainPrefix: (text) => subdomainFaults(withoutTrailingDash(text)),
  dns1035LabelPrefix: (text) => oldDnsLabelFaults(withoutTrailingDash(text)),
  labelValue: labelValueFaults,
  uri: urlFaults,
  uuid: (text) => (UUID.test(text) ? [] : ['does not match the UUID format']),
  byte: (text) => (BASE64.test(text) ? [] : ['invalid base64']),
  date: (text) => (isDate(text) ? [] : ['invalid date']),
  datetime: (text) => (isDateTime(text) ? [] : ['invalid datetime']),
};

export const FORMAT = createOpaqueType<Format>('kubernetes.NamedFormat', ({ name }) => name);
const { type, wrap, unwrap } = FORMAT;

const formats = new Map(Object.entries(NAMED).map(([name, faults]) => [name, wrap({ name, faults })] as const));

/** The format library of Kubernetes. */
export const FORMATS: readonly CelFunc[] = [
  ...[...formats].map(([name, format]) => celFunc(`format.${name}`, [], type, () => format)),
  celFunc('format.named', [STRING], OPTIONAL.type, (name) => OPTIONAL.wrap({ value: formats.get(name) })),
  celMethod('validate', type, [STRING], OPTIONAL.type, function (text) {
    const faults = unwrap(this).faults(text);
    return OPTIONAL.wrap({ value: faults.length === 0 ? undefined : celList(faults) });
  }),
];

/** A name that a suffix is to be put behind may end with a dash, as Kubernetes looks at it. */
function withoutTrailingDash(text: string): string {
  return text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text;
}

function urlFaults(text: string): readonly string[] {
  try {
    checkUrl(text);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(0);
  // Not Date.UTC(), which takes the years 0 to 99 for others.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  return isDate(date) && TIME.test(time);
}
