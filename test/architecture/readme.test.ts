import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { CONFLICT_REASONS } from '../../src/clusterset/conflict-reason.ts';
import { loadConfiguration } from '../../src/config/index.ts';
import { REASON_CODES } from '../../src/kube/api-status.ts';
import { readDocument, section, tableRows } from '../golden/generated-block.ts';
import { readSourceFiles, runtimeDependencies } from './source-files.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const DOCUMENTS = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
const documents = DOCUMENTS.map((file) => [file, readDocument(file)] as const);
const sources = readSourceFiles(['src', 'apiservice', 'certs', 'webhooks']).filter(({ isTest }) => !isTest);

/** The text in backquotes of the first column, one per row. */
function firstColumn(file: string, heading: string): readonly string[] {
  return tableRows(section(file, heading)).map(([cell = '']) => cell.replaceAll('`', ''));
}

/** Fenced blocks of a language. */
function blocks(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...text.matchAll(fence)].map(([, body = '']) => body);
}

/** As GitHub makes anchors of headings. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(file: string, text: string): readonly string[] {
  // A pattern between backticks may look like a link.
  const words = text.replaceAll(/`[^`\n]*\]\([^`\n]*`/g, '');
  const targets = [...words.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const resolved = path === '' ? file : normalize(join(dirname(file), path));
    if (resolved.startsWith('..') || !existsSync(join(ROOT, resolved))) return true;
    return anchor !== undefined && !anchors(readDocument(resolved)).includes(anchor);
  });
}

describe('every document', () => {
  it.each(documents)('%s has only links that lead somewhere', (file, text) => {
    expect(brokenLinks(file, text)).toEqual([]);
  });

  it.each(documents)('%s names only scripts that package.json has', (_file, text) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...text.matchAll(/npm run ([\w-]+(?::\w+)*)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it.each(documents)('%s names only flags that the program has', (_file, text) => {
    const known = new Set(programFlags());
    const lines = text
      .split('\n')
      .filter((line) =>
        /clusterset-apiserver (serve|install|uninstall|preflight|explain|simulate|migrate-storage|certs)/.test(line),
      );
    const named = lines.flatMap((line) => [...line.matchAll(/(?<=\s)--[a-z][\w-]*/g)].map(([flag]) => flag));
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });

  it.each(documents)('%s is linked from the README', (file) => {
    expect(file === 'README.md' || readDocument('README.md').includes(`](${file})`)).toBe(true);
  });
});

function programFlags(): readonly string[] {
  const nothing = (): Promise<void> => Promise.resolve();
  const commands = {
    serve: nothing,
    install: nothing,
    uninstall: nothing,
    preflight: nothing,
    explain: nothing,
    testRules: nothing,
    simulate: nothing,
    migrateStorage: nothing,
    members: { list: nothing, add: nothing, remove: nothing, check: nothing },
    certs: { show: nothing, rotate: nothing },
  };
  const program = createProgram(commands, '0.0.0');
  const commandsWithin = program.commands.flatMap((command) => [command, ...command.commands]);
  return commandsWithin.flatMap((command) => command.options.flatMap(({ long }) => (long == null ? [] : [long])));
}

describe('the README', () => {
  it('has a picture of the data flow whose folders exist, and that leaves no folder of the data path out', () => {
    const [picture = ''] = blocks(section('README.md', 'How data flows'), 'text');
    const named = [...picture.matchAll(/(?:[a-z]+\/)+(?=[\s:]|$)/gm)].map(([folder]) => folder);
    expect(named.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([]);
    const path = ['members', 'connection', 'clusterset', 'resources', 'store', 'durable', 'hub', 'kube'];
    expect(named).toEqual(expect.arrayContaining([...path.map((folder) => `src/${folder}/`), 'apiservice/', 'certs/']));
  });
});

describe('docs/development.md', () => {
  it('lists the folders that exist', () => {
    const folders = readdirSync(join(ROOT, 'src'))
      .map((name) => `src/${name}`)
      .filter((path) => statSync(join(ROOT, path)).isDirectory());
    const top = ['apiservice', 'webhooks', 'certs', 'deploy', 'test'];
    const listed = firstColumn('docs/development.md', 'Where things are');
    expect([...listed].sort()).toEqual([...folders, ...top].sort());
  });
});

describe('docs/configuration.md', () => {
  it('shows a file that the program accepts', () => {
    const examples = blocks(readDocument('docs/configuration.md'), 'yaml');
    expect(examples).not.toEqual([]);
    for (const example of examples) expect(loadConfiguration(example, {})).toMatchObject({ ok: true });
  });
});

describe('docs/errors.md', () => {
  it('lists every reason with its code', () => {
    const rows = tableRows(section('docs/errors.md', 'Reasons'));
    const listed = rows.map(([reason = '', code = '']) => [reason, Number(code)]);
    expect(listed).toEqual(Object.entries(REASON_CODES));
  });
});

describe('docs/semantics.md', () => {
  it('lists every reason of a conflict in the canonical order', () => {
    expect(firstColumn('docs/semantics.md', 'Conflict reasons')).toEqual(CONFLICT_REASONS);
  });

  it('names only reasons of conditions that the code gives', () => {
    const rows = tableRows(section('docs/semantics.md', 'Conditions'));
    const named = rows.flatMap(([, , status = '']) =>
      [...status.matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason),
    );
    const clusterset = textOf('src/clusterset/');
    expect(named.filter((reason) => !clusterset.includes(`'${reason}'`))).toEqual([]);
  });
});

function textOf(folder: string): string {
  return sources.flatMap(({ path, text }) => (path.startsWith(folder) ? [text] : [])).join('\n');
}

function reasonsIn(text: string): readonly string[] {
  return [...text.matchAll(/reason: '([A-Z]\w+)'/g)].map(([, reason = '']) => reason);
}

describe('docs/operations.md', () => {
  it('lists only reasons of member states that the code gives, and all that it refuses with', () => {
    const listed = tableRows(section('docs/operations.md', 'Member states'))
      .map(([reason = '']) => reason.replace(/:.*/, ''))
      .filter((reason) => /^[A-Z]/.test(reason));
    const members = `${textOf('src/members/')}${textOf('src/connection/')}`;
    expect(listed.filter((reason) => !new RegExp(`['\`]${reason}['\`:]`).test(members))).toEqual([]);
    const events = firstColumn('docs/operations.md', 'Events');
    const given = reasonsIn(members).filter((reason) => !events.includes(reason));
    expect(given.filter((reason) => !listed.includes(reason))).toEqual([]);
  });

  it('lists every reason of Events', () => {
    const files = ['src/clusterset/import-news.ts', 'src/members/member-news.ts', 'src/cli/serve/hub-events.ts'];
    const identity = ['src/clusterset/identity-news.ts', 'src/clusterset/identity-problems.ts'];
    const given = [...files, ...identity, 'src/hub/event-recorder.ts'].flatMap((file) => reasonsIn(textOf(file)));
    expect([...firstColumn('docs/operations.md', 'Events')].sort()).toEqual([...new Set(given)].sort());
  });

  it('lists every metric', () => {
    const listed = firstColumn('docs/operations.md', 'Metrics');
    expect([...listed].sort()).toEqual([...metricNames()].sort());
  });

  it('lists every check of /readyz', () => {
    const composition = textOf('src/cli/serve/');
    const named = [...composition.matchAll(/\{ name: '([a-z-]+)', check/g)].map(([, name = '']) => name);
    expect(firstColumn('docs/operations.md', 'Health')).toEqual(expect.arrayContaining([...named, 'shutdown']));
    expect(firstColumn('docs/operations.md', 'Health')).toHaveLength(new Set([...named, 'shutdown']).size);
  });
});

/** Names of metrics as the code registers them; the three parts of a histogram are one metric. */
function metricNames(): ReadonlySet<string> {
  const metrics = new Set<string>();
  for (const { path, text, packages } of sources) {
    if (!packages.includes('prom-client')) continue;
    visitStrings(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true), (value) => {
      if (/^(apiserver|clusterset|authentica\w+?)(_[a-z]+)+$/.test(value)) {
        metrics.add(value.replace(/(_sizes)_(bucket|sum|count)$/, '$1'));
      }
    });
  }
  return metrics;
}

function visitStrings(node: ts.Node, visit: (value: string) => void): void {
  if (ts.isStringLiteral(node)) visit(node.text);
  ts.forEachChild(node, (child) => visitStrings(child, visit));
}

describe('docs/decisions.md', () => {
  it('has a reason for every dependency', () => {
    expect([...firstColumn('docs/decisions.md', 'Dependencies')].sort()).toEqual([...runtimeDependencies()].sort());
  });
});
