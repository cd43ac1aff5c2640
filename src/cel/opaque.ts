import { type CelObjectType, type CelValue, objectType } from '@bufbuild/cel';
import { create, createFileRegistry, type DescMessage, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { WireType } from '@bufbuild/protobuf/wire';

/** A type whose values expressions can only hand to functions, such as `kubernetes.Quantity`. */
export interface OpaqueType<T> {
  readonly type: CelObjectType;
  readonly desc: DescMessage;
  readonly wrap: (value: T) => ReflectMessage;
  readonly unwrap: (value: ReflectMessage) => T;
  /** The value, if it is of this type. */
  readonly find: (value: CelValue) => T | undefined;
}

/** By values of any opaque type: what they are compared by. */
const keys = new WeakMap<object, string>();

/** Two values are equal if their keys are. The library knows foreign types only as messages. */
export function createOpaqueType<T>(name: string, keyOf: (value: T) => string): OpaqueType<T> {
  const desc = describeMessage(name);
  const values = new WeakMap<object, { readonly value: T }>();
  const find = (message: object): T | undefined => values.get(message)?.value;
  return {
    type: objectType(desc),
    desc,
    wrap: (value) => {
      const key = keyOf(value);
      const message = reflect(desc, withKey(create(desc), key));
      values.set(message, { value });
      keys.set(message, key);
      return message;
    },
    unwrap: (message) => {
      const known = values.get(message);
      if (known === undefined) throw new Error('no such overload');
      return known.value;
    },
    find: (value) => (typeof value === 'object' && value !== null ? find(value) : undefined),
  };
}

/** What the value is compared by; undefined for values that are not opaque. */
export function opaqueKey(value: CelValue): string | undefined {
  return typeof value === 'object' && value !== null ? keys.get(value) : undefined;
}

/** As a field that the type does not know, so that no expression can select it. */
function withKey(message: Message, key: string): Message {
  message.$unknown = [{ no: 1, wireType: WireType.LengthDelimited, data: Buffer.from(key) }];
  return message;
}

function describeMessage(name: string): DescMessage {
  const dot = name.lastIndexOf('.');
  const file = {
    name: `${name}.proto`,
    package: name.slice(0, Math.max(0, dot)),
    syntax: 'proto3',
    messageType: [{ name: name.slice(dot + 1) }],
  };
  const desc = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(name);
  if (desc === undefined) throw new Error(`no type ${name}`);
  return desc;
}
