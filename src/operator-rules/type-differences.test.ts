import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CEL_TYPE_DIFFERENCES } from '../../test/support/cel-type-cases.ts';
import { refusesTypedRule } from '../../test/support/typed-rule.ts';

test.each(CEL_TYPE_DIFFERENCES)('$expression about $resource is $ours here', (difference) => {
  expect(refusesTypedRule(difference) ? 'refused' : 'accepted').toBe(difference.ours);
});

test('the documentation lists exactly these differences', async () => {
  const text = await readFile(new URL('../../docs/cel.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (\w+) \| `(.+)` \| (accepted|refused) \| (accepted|refused) \|$/gm)];
  expect(
    rows.map(([, resource, expression, kubernetes, ours]) => ({ resource, expression, kubernetes, ours })),
  ).toEqual(CEL_TYPE_DIFFERENCES);
});
