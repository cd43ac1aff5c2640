import { describe, it } from 'vitest';
import { DIFFERENCES } from '../e2e/support/kubectl-differences.ts';
import { expectBlock } from './generated-block.ts';

describe('the document about writes', () => {
  it('lists every difference that the comparison of kubectl on hub and member allows', () => {
    const rows = Object.values(DIFFERENCES).map(({ where, member, hub, why }) =>
      ['', where, member, hub, why, ''].join(' | ').trim(),
    );
    const head = ['| Where | Member | Hub | Why |', '| --- | --- | --- | --- |'];
    expectBlock('docs/writes.md', 'kubectl differences', [...head, ...rows].join('\n'));
  });
});
