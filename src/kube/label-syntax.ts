/**
 * The syntax of label keys and values (apimachinery's IsLabelKey and IsLabelValue) and of DNS labels (IsDNS1123Label):
 * what is wrong, in kube-apiserver's words; [] when nothing is.
 */
const NAME_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const DNS_LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const OLD_DNS_LABEL_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_PATTERN = `${DNS_LABEL_PATTERN}(\\.${DNS_LABEL_PATTERN})*`;
const NAME = new RegExp(`^${NAME_PATTERN}$`);
const VALUE = new RegExp(`^(${NAME_PATTERN})?$`);
const DNS_LABEL = new RegExp(`^${DNS_LABEL_PATTERN}$`);
const OLD_DNS_LABEL = new RegExp(`^${OLD_DNS_LABEL_PATTERN}$`);
const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_PATTERN}$`);

const NAME_BYTES_MAX = 63;
const VALUE_BYTES_MAX = 63;
const SUBDOMAIN_BYTES_MAX = 253;
/** Of a DNS label (RFC 1123), which the name of a Service is. */
const DNS_LABEL_BYTES_MAX = 63;

const CHARACTERS = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_RULE = withExamples(`must consist of ${CHARACTERS}`, NAME_PATTERN, ['MyName', 'my.name', '123-abc']);
const VALUE_RULE = withExamples(
  `a valid label must be an empty string or consist of ${CHARACTERS}`,
  `(${NAME_PATTERN})?`,
  ['MyValue', 'my_value', '12345'],
);
const SUBDOMAIN_RULE = withExamples(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
    'and must start and end with an alphanumeric character',
  SUBDOMAIN_PATTERN,
  ['example.com'],
);

const DNS_LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  `an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${DNS_LABEL_PATTERN}')`;

const OLD_DNS_LABEL_RULE = withExamples(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
    'and end with an alphanumeric character',
  OLD_DNS_LABEL_PATTERN,
  ['my-name', 'abc-123'],
);

const KEY_RULE = `a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;

/** The same, for those who write the rules in CEL: patterns of RE2 and the texts of `label…Faults`. */
export const LABEL_SYNTAX = {
  namePattern: NAME_PATTERN,
  subdomainPattern: SUBDOMAIN_PATTERN,
  dnsLabelPattern: DNS_LABEL_PATTERN,
  keyRule: KEY_RULE,
  nameRule: NAME_RULE,
  valueRule: VALUE_RULE,
  subdomainRule: SUBDOMAIN_RULE,
  dnsLabelRule: DNS_LABEL_RULE,
} as const;

/** Of the name of a Service or of a port. */
export function dnsLabelFaults(text: string): readonly string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(text) > DNS_LABEL_BYTES_MAX) faults.push(tooLong(DNS_LABEL_BYTES_MAX));
  if (!DNS_LABEL.test(text)) faults.push(SUBDOMAIN.test(text) ? 'must not contain dots' : DNS_LABEL_RULE);
  return faults;
}

/** Of a name that is a DNS subdomain (RFC 1123), as most are. */
export function subdomainFaults(text: string): readonly string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(text) > SUBDOMAIN_BYTES_MAX) faults.push(tooLong(SUBDOMAIN_BYTES_MAX));
  if (!SUBDOMAIN.test(text)) faults.push(SUBDOMAIN_RULE);
  return faults;
}

/** Of a DNS label that begins with a letter (RFC 1035). */
export function oldDnsLabelFaults(text: string): readonly string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(text) > DNS_LABEL_BYTES_MAX) faults.push(tooLong(DNS_LABEL_BYTES_MAX));
  if (!OLD_DNS_LABEL.test(text)) faults.push(OLD_DNS_LABEL_RULE);
  return faults;
}

export function labelKeyFaults(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) return [KEY_RULE];
  const name = parts.at(-1) ?? '';
  return [...(parts.length === 2 ? prefixFaults(parts[0] ?? '') : []), ...nameFaults(name)];
}

export function labelValueFaults(value: string): readonly string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(value) > VALUE_BYTES_MAX) faults.push(tooLong(VALUE_BYTES_MAX));
  if (!VALUE.test(value)) faults.push(VALUE_RULE);
  return faults;
}

function prefixFaults(prefix: string): readonly string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return subdomainFaults(prefix).map((fault) => `prefix part ${fault}`);
}

function nameFaults(name: string): readonly string[] {
  const faults: string[] = [];
  if (name === '') faults.push('name part must be non-empty');
  else if (Buffer.byteLength(name) > NAME_BYTES_MAX) faults.push(`name part ${tooLong(NAME_BYTES_MAX)}`);
  if (!NAME.test(name)) faults.push(`name part ${NAME_RULE}`);
  return faults;
}

function tooLong(bytesMax: number): string {
  return `must be no more than ${bytesMax} bytes`;
}

function withExamples(rule: string, pattern: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}
