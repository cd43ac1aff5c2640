/**
 * The syntax of label keys and values (apimachinery's IsLabelKey and IsLabelValue): what is wrong, in kube-apiserver's
 * words; [] when nothing is.
 */
const NAME_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const SUBDOMAIN_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const NAME = new RegExp(`^${NAME_PATTERN}$`);
const VALUE = new RegExp(`^(${NAME_PATTERN})?$`);
const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_PATTERN}$`);

const NAME_BYTES_MAX = 63;
const VALUE_BYTES_MAX = 63;
const SUBDOMAIN_BYTES_MAX = 253;

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

export function labelKeyFaults(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [`a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
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
  const faults: string[] = [];
  if (Buffer.byteLength(prefix) > SUBDOMAIN_BYTES_MAX) faults.push(`prefix part ${tooLong(SUBDOMAIN_BYTES_MAX)}`);
  if (!SUBDOMAIN.test(prefix)) faults.push(`prefix part ${SUBDOMAIN_RULE}`);
  return faults;
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
