import { expect, test } from 'vitest';
import { QUERY_PARAMETERS_MAX } from '../limits.ts';
import { parseUrl, queryOf } from './url-value.ts';

test('a query with too many parameters has none', () => {
  const rest = 'a&'.repeat(QUERY_PARAMETERS_MAX - 1);
  expect(queryOf(parseUrl(`/?${rest}b`)).size).toBe(2);
  expect(queryOf(parseUrl(`/?${rest}&b`)).size).toBe(0);
});
