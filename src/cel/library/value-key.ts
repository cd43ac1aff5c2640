import { celType, type CelValue, isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';
import { isMessage, type Message } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { opaqueKey } from '../opaque.ts';

/** A text that is the same for equal values. */
export function valueKey(value: CelValue): string {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : String(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return JSON.stringify(value);
  if (isCelUint(value)) return value.value.toString();
  if (isCelList(value)) return `[${[...value].map(valueKey).join()}]`;
  if (isCelMap(value))
    return `{${[...value]
      .map(([key, item]) => `${valueKey(key)}:${valueKey(item)}`)
      .toSorted()
      .join()}}`;
  return `${celType(value).name} ${foreignKey(value)}`;
}

function foreignKey(value: CelValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (isCelType(value)) return value.name;
  if (isReflectMessage(value)) return opaqueKey(value) ?? timeKey(value.message);
  return '';
}

function timeKey(message: Message): string {
  if (!isMessage(message, TimestampSchema) && !isMessage(message, DurationSchema)) return '';
  return `${String(message.seconds)} ${String(message.nanos)}`;
}
