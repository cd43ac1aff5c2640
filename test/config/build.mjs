import { build, stop } from 'esbuild';
import { chmod, readFile } from 'node:fs/promises';

// One file starts three times faster and with 50 MB less memory than the tree of modules it is made of.
const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
const root = new URL('../../', import.meta.url).pathname;
const outfile = `${root}dist/clusterset-apiserver.js`;
// The thread that evaluates operators' rules is a text within the one file: nothing else is to be installed beside it.
const ruleWorker = await build({
  entryPoints: [`${root}src/operator-rules/rule-worker.ts`],
  bundle: true,
  write: false,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
});
await build({
  entryPoints: [`${root}src/main.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  legalComments: 'external',
  logLevel: 'warning',
  define: {
    __VERSION__: JSON.stringify(version),
    __RULE_WORKER__: JSON.stringify(ruleWorker.outputFiles[0].text),
  },
  // Bundled CommonJS packages call require() for Node's own modules; ESM output has none of its own.
  banner: {
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as __createRequire } from 'node:module';",
      "import { fileURLToPath as __fileURLToPath } from 'node:url';",
      'const require = __createRequire(import.meta.url);',
      'const __filename = __fileURLToPath(import.meta.url);',
      "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
    ].join('\n'),
  },
});
await chmod(outfile, 0o755);
// Its helper process would otherwise live as long as what is started after this.
await stop();
