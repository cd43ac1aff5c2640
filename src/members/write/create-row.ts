import type { KubeObject } from '../../kube/object.ts';
import type { RowAnswer } from '../../kube/row-write.ts';
import { takeAnswer } from './member-answer.ts';
import { admitted, openWrite, parseNewName, refuseFaults, refuseNewVersion } from './write-context.ts';
import type { WriteFlow } from './write-flow.ts';
import { callObject, optionsQuery } from './write-flow.ts';

/** POST of a row becomes POST of the object in its member. */
export async function createRow(flow: WriteFlow, row: KubeObject): Promise<RowAnswer> {
  const { kind, write } = flow;
  const { target } = write;
  refuseNewVersion(row.metadata.resourceVersion);
  const generateName = generateNameOf(row);
  const address = parseNewName(kind, target, generateName);
  const context = await openWrite(flow, address, true);
  const isGenerated = target.name === '';
  const own = kind.unprojectNew(row, { cluster: context.member.cluster, name: isGenerated ? '' : address.name });
  if (!own.ok) throw refuseFaults(target, own.error);
  const object = withName(own.value, isGenerated ? { generateName: address.name } : { name: address.name });
  return admitted(context, { operation: 'CREATE', object, oldObject: undefined }, async (warnings) => {
    const answer = await callObject(flow, context, {
      method: 'POST',
      name: '',
      body: kind.inVersion(object, context.version),
      query: optionsQuery(context),
    });
    return takeAnswer(context, { answer, warnings, shown: undefined });
  });
}

function generateNameOf({ metadata }: KubeObject): string | undefined {
  const value: unknown = Reflect.get(metadata, 'generateName');
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The name or the beginning of one, as the member is to have it. */
function withName(object: KubeObject, naming: { readonly name?: string; readonly generateName?: string }): KubeObject {
  const fields = Object.entries(object.metadata).filter(([field]) => field !== 'name' && field !== 'generateName');
  return { ...object, metadata: { name: '', ...Object.fromEntries(fields), ...naming } };
}
