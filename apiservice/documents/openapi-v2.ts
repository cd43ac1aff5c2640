import type { JsonObject } from '../../src/kube/object.ts';
import type { Operation, Parameter } from './openapi-operations.ts';
import { operationsByPath, operationsOf } from './openapi-operations.ts';
import { schemasOf, toSwagger2 } from './openapi-schemas.ts';
import type { ServedVersion } from './served-version.ts';

const PRODUCES = ['application/json', 'application/yaml'];
const PATCH_TYPES = ['application/merge-patch+json'];
const BODY: JsonObject = { name: 'body', in: 'body', required: true, schema: { type: 'object' } };

/**
 * The Swagger 2.0 document of all versions. The aggregator merges it with those of all other servers and turns the sum
 * into protobuf with a strict parser, so nothing outside Swagger 2.0 may be in it.
 */
export function openApiV2(versions: readonly ServedVersion[], programVersion: string): JsonObject {
  const operations = operationsByPath(versions.flatMap(operationsOf));
  const paths = [...operations].map(([path, onPath]) => [path, pathItem(onPath)] as const);
  const definitions = Object.entries(schemasOf(versions)).map(([name, schema]) => [name, toSwagger2(schema)] as const);
  return {
    swagger: '2.0',
    info: { title: 'clusterset-apiserver', version: programVersion },
    paths: Object.fromEntries(paths),
    definitions: Object.fromEntries(definitions),
  };
}

function pathItem(operations: readonly Operation[]): JsonObject {
  return {
    ...Object.fromEntries(operations.map((one) => [one.action === 'patch' ? 'patch' : 'get', operationObject(one)])),
    parameters: operations[0]?.pathParameters.map(inSwagger2),
  };
}

function operationObject(operation: Operation): JsonObject {
  const isPatch = operation.action === 'patch';
  return {
    description: operation.description,
    consumes: isPatch ? PATCH_TYPES : PRODUCES,
    produces: PRODUCES,
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.operationId,
    parameters: [...(isPatch ? [BODY] : []), ...operation.parameters.map(inSwagger2)],
    responses: {
      '200': { description: 'OK', schema: { $ref: `#/definitions/${operation.responseSchema}` } },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.groupVersionKind,
  };
}

function inSwagger2(parameter: Parameter): JsonObject {
  return {
    uniqueItems: true,
    type: parameter.type,
    description: parameter.description,
    name: parameter.name,
    in: parameter.in,
    ...(parameter.in === 'path' ? { required: true } : {}),
  };
}
