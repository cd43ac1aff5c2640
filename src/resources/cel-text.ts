import { LABEL_SYNTAX } from '../kube/label-syntax.ts';

/** A text as a CEL literal; also right for what holds quotes, backslashes or line ends. */
export function celString(text: string): string {
  // JSON escapes are a part of CEL's; JSON leaves nothing that CEL forbids in double quotes.
  return JSON.stringify(text);
}

export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(', ')}]`;
}

/** The value of a field, or `otherwise` where it is absent; `of` is an expression. */
export function celField(of: string, field: string, otherwise: string): string {
  return `(has(${of}.${field}) ? ${of}.${field} : ${otherwise})`;
}

/** A path with texts and expressions in turn, such as `spec.ports[`, an index, `].name`. */
export function celJoin(...parts: readonly (string | { readonly cel: string })[]): string {
  return parts.map((part) => (typeof part === 'string' ? celString(part) : part.cel)).join(' + ');
}

/** The text of `fieldInvalid` for a value that is a text. Expressions all. */
export function celInvalidText(field: string, value: string, detail: string): string {
  return `${field} + ": Invalid value: " + strings.quote(${value}) + ": " + ${detail}`;
}

/** The text of `fieldNotSupported`. */
export function celUnsupportedText(field: string, value: string, supported: readonly string[]): string {
  const values = supported.map((text) => JSON.stringify(text)).join(', ');
  return `${field} + ": Unsupported value: " + strings.quote(${value}) + ${celString(`: supported values: ${values}`)}`;
}

/** The text of `fieldDuplicate`. */
export function celDuplicateText(field: string, value: string): string {
  return `${field} + ": Duplicate value: " + strings.quote(${value})`;
}

const { subdomainPattern } = LABEL_SYNTAX;
/** With the length of 63 bytes in the pattern: one match is cheaper than calls beside it. */
const BOUNDED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]';
const VALUE = celString(`^(${BOUNDED_NAME})?$`);
const SUBDOMAIN = celString(`^${subdomainPattern}$`);
const KEY = celString(`^(${subdomainPattern}/)?${BOUNDED_NAME}$`);
const DNS_LABEL = celString('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$');

/** As `dnsLabelFaults` finds nothing. */
export function celIsDnsLabel(text: string): string {
  return `${text}.matches(${DNS_LABEL})`;
}

/** The first of `dnsLabelFaults`. */
export function celDnsLabelFault(text: string): string {
  const dots = celString('must not contain dots');
  return `(${tooLong(text, 63)} : ${text}.matches(${SUBDOMAIN}) ? ${dots} : ${celString(LABEL_SYNTAX.dnsLabelRule)})`;
}

/** As `labelKeyFaults` finds nothing. */
export function celIsLabelKey(key: string): string {
  return `(${key}.indexOf("/") <= 253 && ${key}.matches(${KEY}))`;
}

/** The first of `labelKeyFaults`. */
export function celLabelKeyFault(key: string): string {
  const parts = `${key}.split("/")`;
  const prefix = `${parts}[0]`;
  const name = lastOf(parts);
  const nameFault =
    `${name} == "" ? "name part must be non-empty" : ` +
    `${tooLong(name, 63, 'name part ')} : ${celString(`name part ${LABEL_SYNTAX.nameRule}`)}`;
  return [
    `(size(${parts}) > 2 ? ${celString(LABEL_SYNTAX.keyRule)}`,
    `size(${parts}) == 1 || (${prefix}.matches(${SUBDOMAIN}) && size(${prefix}) <= 253) ? (${nameFault})`,
    `${prefix} == "" ? "prefix part must be non-empty"`,
    tooLong(prefix, 253, 'prefix part '),
    `${celString(`prefix part ${LABEL_SYNTAX.subdomainRule}`)})`,
  ].join(' : ');
}

/** As `labelValueFaults` finds nothing. */
export function celIsLabelValue(value: string): string {
  return `${value}.matches(${VALUE})`;
}

/** The first of `labelValueFaults`. */
export function celLabelValueFault(value: string): string {
  return `(${tooLong(value, 63)} : ${celString(LABEL_SYNTAX.valueRule)})`;
}

function lastOf(list: string): string {
  return `${list}[size(${list}) - 1]`;
}

/** The beginning of a conditional. */
function tooLong(text: string, bytesMax: number, part = ''): string {
  return `size(bytes(${text})) > ${bytesMax} ? ${celString(`${part}must be no more than ${bytesMax} bytes`)}`;
}
