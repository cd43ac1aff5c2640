import { readRulesFiles } from '../../operator-rules/index.ts';
import { UsageError } from '../exit.ts';
import { FILES } from '../simulate/terminal.ts';
import type { RulesTestDeps } from './rules-test.ts';

/** Real files, and the terminal. */
export function createRulesTestDeps(): RulesTestDeps {
  return {
    access: FILES,
    readParams: async (file) => {
      if (file === 'stdin') return undefined;
      const text = await readRulesFiles(file);
      if (!text.ok) throw new UsageError(text.error);
      return text.value.params;
    },
    print: (text) => {
      process.stdout.write(text);
    },
  };
}
