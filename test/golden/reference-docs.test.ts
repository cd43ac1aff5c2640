import { describe, expect, it } from 'vitest';
import { settingsTable } from '../../src/config/index.ts';
import { expectBlock, readBlock, tableRows } from './generated-block.ts';
import type { NamedLimit } from './limits.ts';
import { formatLimit, readNamedLimits } from './limits.ts';

const LIMITS = 'docs/limits.md';

/** What the document says about a limit stays; a new one begins with its comment in the code. */
function knownMeanings(): ReadonlyMap<string, string> {
  return new Map(
    tableRows(readBlock(LIMITS, 'limits')).map(([name = '', , file = '', meaning = '']) => [
      `${file} ${name}`,
      meaning,
    ]),
  );
}

function limitTables(limits: readonly NamedLimit[], meanings: ReadonlyMap<string, string>): string {
  const modules = [...new Set(limits.map(({ file }) => moduleOf(file)))];
  return modules
    .map((module) => {
      const rows = limits
        .filter(({ file }) => moduleOf(file) === module)
        .map((limit) => {
          const name = `\`${limit.name}\``;
          const file = `[${limit.file.slice(module.length + 1)}](../${limit.file})`;
          const meaning = meanings.get(`${file} ${name}`) ?? '';
          const text = (meaning === '' ? limit.comment : meaning).replaceAll(/(?<!\\)\|/g, '\\|');
          return `| ${name} | ${formatLimit(limit)} | ${file} | ${text} |`;
        });
      return [`### ${module}`, '', '| Limit | Value | File | Meaning |', '| --- | --- | --- | --- |', ...rows].join(
        '\n',
      );
    })
    .join('\n\n');
}

/** `src/members`, `apiservice/edge`, `certs`. */
function moduleOf(file: string): string {
  const folders = file.split('/').slice(0, -1);
  return folders.slice(0, 2).join('/');
}

describe('the reference documents', () => {
  it('list every setting', () => {
    expectBlock('docs/configuration.md', 'settings', settingsTable());
  });

  it('list every named limit with its value', () => {
    expectBlock(LIMITS, 'limits', limitTables(readNamedLimits(), knownMeanings()));
  });

  it('say what every limit bounds', () => {
    const silent = tableRows(readBlock(LIMITS, 'limits')).filter(([, , , meaning]) => meaning === '');
    expect(silent.map(([name, , file]) => `${file ?? ''} ${name ?? ''}`)).toEqual([]);
  });
});
