import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import type { RuleEffect } from '../resources/index.ts';
import { compileRules, type OperatorRuleSet, type RulesText } from './compile.ts';
import { type Answered, decide, NO_OBJECTION, type OperatorDecision } from './decision.ts';
import { NOTHING_SAID } from './evaluate.ts';
import { QUEUE_RETRY_SECONDS, REREAD_MS } from './limits.ts';
import { concernedRules, type RuleQuestion } from './question.ts';
import type { QueueRefusal } from './rule-queue.ts';
import { createRuleThread, type RuleThread } from './rule-thread.ts';
import { readRulesFiles } from './rules-files.ts';
import type { RuleAction } from './document.ts';

/**
 * The rules of a file, which is read again and again. A broken file changes nothing but `problem`; one that is broken from
 * the start leaves us without these rules until it is mended.
 */
export interface OperatorRules {
  /** What the rules say; only those are asked that can lead to the effect. Never rejects. */
  readonly judge: (
    question: () => RuleQuestion,
    effect: RuleEffect | undefined,
    isAwaited?: () => boolean,
  ) => Promise<OperatorDecision>;
  /** Why the file is not what is in force, as far as that is so. */
  readonly problem: () => string | undefined;
  readonly readsClusterSet: () => boolean;
  readonly close: () => Promise<void>;
}

export interface OperatorRulesDeps {
  readonly monotonic: () => number;
  /** Other rules are in force than before. */
  readonly onLoaded: (rules: number) => void;
  /** The file became broken, or broken in another way; undefined: it is good again. */
  readonly onProblem: (problem: string | undefined, inForce: RulesInForce) => void;
  readonly onAnswer: (rule: string, action: RuleAction, result: 'silent' | 'spoke' | 'error') => void;
  /** A thread was ended, or a write was not judged. */
  readonly onFailure: (reason: 'timeout' | 'died' | QueueRefusal) => void;
  readonly rereadMs?: number;
}

/** Which rules judge while the file is broken: those that were loaded before, or none of this file. */
export type RulesInForce = 'before' | 'none';

/** Rules that are in force. */
interface Loaded {
  readonly text: RulesText;
  readonly set: OperatorRuleSet;
  /**
   * One for the rules that can lead to each effect, if there are any: rules that only advise must not keep those waiting
   * that a write depends on.
   */
  readonly threads: Readonly<Partial<Record<RuleEffect, RuleThread>>>;
}

/** Never rejects: whatever else this process does must not depend on a file that somebody edits while it runs. */
export async function openOperatorRules(file: string, deps: OperatorRulesDeps): Promise<OperatorRules> {
  let loaded: Loaded | undefined;
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isClosed = false;

  const report = (next: string | undefined): void => {
    if (next === problem) return;
    problem = next;
    deps.onProblem(next, loaded === undefined ? 'none' : 'before');
  };
  const read = async (): Promise<void> => {
    const next = await load(file, loaded, deps);
    report(next.ok ? undefined : next.error);
    if (!next.ok || next.value === loaded) return;
    const before = loaded;
    loaded = next.value;
    deps.onLoaded(loaded.set.rules.length);
    await closeThreads(before);
  };
  const plan = (): void => {
    timer = setTimeout(() => {
      running = read().then(() => {
        if (!isClosed) plan();
      });
    }, deps.rereadMs ?? REREAD_MS);
    timer.unref();
  };
  await read();
  plan();
  return {
    judge: (question, effect, isAwaited = always) =>
      loaded === undefined
        ? Promise.resolve(unloaded(effect))
        : judge(loaded, deps, { question, effects: effect === undefined ? EFFECTS : [effect], isAwaited }),
    problem: () => problem,
    readsClusterSet: () => loaded?.set.readsClusterSet ?? false,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await running;
      await closeThreads(loaded);
    },
  };
}

/**
 * Nothing is refused because of rules that nobody has: it would stop every write to our kinds until somebody mends the file.
 * Whoever writes is told.
 */
function unloaded(effect: RuleEffect | undefined): OperatorDecision {
  if (effect === 'deny') return NO_OBJECTION;
  return { ...NO_OBJECTION, warnings: ['not checked: the file with the rules of this installation is broken'] };
}

/** The same as before when the files are. */
async function load(
  file: string,
  before: Loaded | undefined,
  deps: OperatorRulesDeps,
): Promise<Outcome<Loaded, string>> {
  const text = await readRulesFiles(file);
  if (!text.ok) return text;
  if (before !== undefined && sameText(before.text, text.value)) return succeeded(before);
  const set = compileRules(text.value);
  if (!set.ok) return failed(`${file}:${set.error}`);
  const threads = startThreads(set.value, text.value, deps);
  await Promise.all(Object.values(threads).map(({ ready }) => ready));
  return succeeded({ text: text.value, set: set.value, threads });
}

function startThreads(
  set: OperatorRuleSet,
  text: RulesText,
  { monotonic, onFailure }: OperatorRulesDeps,
): Loaded['threads'] {
  const used = EFFECTS.filter((effect) => set.rules.some(({ written }) => effectOf(written.action) === effect));
  return Object.fromEntries(
    used.map((effect) => [effect, createRuleThread({ set, text, monotonic, onEnded: onFailure })]),
  );
}

async function closeThreads(loaded: Loaded | undefined): Promise<void> {
  await Promise.all(Object.values(loaded?.threads ?? {}).map((thread) => thread.close()));
}

function sameText(a: RulesText, b: RulesText): boolean {
  return a.rules === b.rules && JSON.stringify(a.params) === JSON.stringify(b.params);
}

interface Judging {
  readonly question: () => RuleQuestion;
  readonly effects: readonly RuleEffect[];
  readonly isAwaited: () => boolean;
}

const EFFECTS: readonly RuleEffect[] = ['deny', 'warn'];
const always = (): boolean => true;

/** Audit goes with advice: it never stands in the way of a write. */
function effectOf(action: RuleAction): RuleEffect {
  return action === 'deny' ? 'deny' : 'warn';
}

/** Rules of both effects are asked at the same time. */
async function judge(
  { set, threads }: Loaded,
  deps: OperatorRulesDeps,
  { question: ask, effects, isAwaited }: Judging,
): Promise<OperatorDecision> {
  if (set.rules.length === 0) return NO_OBJECTION;
  const question = ask();
  const concerned = concernedRules(set, question).flatMap((index) => {
    const rule = set.rules[index]?.written;
    return rule === undefined ? [] : [{ index, rule }];
  });
  const decisions = await Promise.all(
    effects.map(async (effect) => {
      const thread = threads[effect];
      const asked = concerned.filter(({ rule }) => effectOf(rule.action) === effect);
      if (thread === undefined || asked.length === 0) return NO_OBJECTION;
      const reply = await thread.ask({ question, rules: asked.map(({ index }) => index), isAwaited });
      if (reply.type === 'refused') {
        deps.onFailure(reply.reason);
        return notJudged(effect);
      }
      const answered = asked.map(({ rule }, at): Answered => ({ rule, answer: reply.answers[at] ?? NOTHING_SAID }));
      for (const { rule, answer } of answered) deps.onAnswer(rule.name, rule.action, resultOf(answer));
      return decide(answered, question);
    }),
  );
  return decisions.reduce(bothOf, NO_OBJECTION);
}

function bothOf(one: OperatorDecision, other: OperatorDecision): OperatorDecision {
  return {
    causes: [...one.causes, ...other.causes],
    warnings: [...one.warnings, ...other.warnings],
    audit: { ...one.audit, ...other.audit },
    unavailable: one.unavailable ?? other.unavailable,
  };
}

function resultOf({ message, isError }: Answered['answer']): 'silent' | 'spoke' | 'error' {
  if (isError) return 'error';
  return message === undefined ? 'silent' : 'spoke';
}

function notJudged(effect: RuleEffect): OperatorDecision {
  const because = 'too many writes wait for the rules of this installation';
  if (effect === 'warn') return { ...NO_OBJECTION, warnings: [`not checked: ${because}`] };
  return { ...NO_OBJECTION, unavailable: { because, retryAfterSeconds: QUEUE_RETRY_SECONDS } };
}
