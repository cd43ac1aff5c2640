import { expect, it } from 'vitest';
import { parseKubeYaml, YAML_BYTES_MAX } from './kube-yaml.ts';

/**
 * In a file of its own, so that nothing has compiled the regular expressions of the YAML parser before: when a text is
 * read until the call stack ends, compiling one there ends the process.
 */
it('gives up a deep text long before the call stack ends', () => {
  for (const opening of ['[', '? ', '- ', '{a: ', '- ? ', '[{? ']) {
    const parsed = parseKubeYaml(opening.repeat(Math.floor(YAML_BYTES_MAX / opening.length)));
    expect(parsed, opening).toEqual({ ok: false, error: 'yaml: exceeded max depth' });
  }
});
