const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PREFIX_CHARACTERS_MAX = 253;

/** An optional DNS subdomain and '/', then a name of at most 63 characters (kube-apiserver: qualified name). */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash === -1) return NAME.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= PREFIX_CHARACTERS_MAX && SUBDOMAIN.test(prefix) && NAME.test(key.slice(slash + 1));
}

/** Empty, or at most 63 characters that start and end with a letter or digit. */
export function isLabelValue(value: string): boolean {
  return value === '' || NAME.test(value);
}
