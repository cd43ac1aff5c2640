import { stringifyJson } from '../../kube/json.ts';
import type { CallMember, MemberAnswer, MemberCall } from './member-call.ts';
import { versionPath } from '../member-resource.ts';
import type { Opening, WriteContext } from './write-context.ts';

/** All that one kind of write needs. */
export interface WriteFlow extends Opening {
  readonly callMember: CallMember;
}

export interface ObjectCall {
  readonly method: MemberCall['method'];
  /** In the member; '' for the collection. */
  readonly name: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** Calls the member about the object behind a row. */
export function callObject(flow: WriteFlow, context: WriteContext, call: ObjectCall): Promise<MemberAnswer> {
  const { kind, version, write, member, headers } = context;
  const { namespace } = write.target;
  const place = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const collection = `${versionPath(kind.group, version)}${place}/${kind.resource}`;
  return flow.callMember(member, {
    isOver: write.isOver,
    method: call.method,
    path: call.name === '' ? collection : `${collection}/${encodeURIComponent(call.name)}`,
    ...(call.query === undefined ? {} : { query: call.query }),
    headers: { ...headers, ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }) },
    ...(call.body === undefined ? {} : { body: stringifyJson(call.body) }),
  });
}

/** The options of a write, as the member takes them. */
export function optionsQuery({ write: { options } }: WriteContext): Readonly<Record<string, string>> {
  const { dryRun, fieldManager, fieldValidation } = options;
  return { ...(dryRun ? { dryRun: 'All' } : {}), fieldManager, fieldValidation };
}
