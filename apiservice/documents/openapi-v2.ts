import type { JsonObject } from '../../src/kube/object.ts';
import type { Operation, Parameter } from './openapi-operations.ts';
import { methodOf, operationsByPath, operationsOf, PATCH_TYPES } from './openapi-operations.ts';
import { schemasOf, toSwagger2 } from './openapi-schemas.ts';
import type { ServedVersion } from './served-version.ts';

const PRODUCES = ['application/json', 'application/yaml'];
const PATCH_SCHEMA: JsonObject = { type: 'object' };

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
    ...Object.fromEntries(operations.map((one) => [methodOf(one), operationObject(one)])),
    parameters: operations[0]?.pathParameters.map(inSwagger2),
  };
}

function operationObject(operation: Operation): JsonObject {
  const method = methodOf(operation);
  const schema = { $ref: `#/definitions/${operation.responseSchema}` };
  const body = { name: 'body', in: 'body', required: true, schema: method === 'patch' ? PATCH_SCHEMA : schema };
  return {
    description: operation.description,
    consumes: method === 'patch' ? PATCH_TYPES : PRODUCES,
    produces: PRODUCES,
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.operationId,
    parameters: [...(method === 'get' ? [] : [body]), ...operation.parameters.map(inSwagger2)],
    responses: {
      ...(method === 'post' ? { '201': { description: 'Created', schema } } : { '200': { description: 'OK', schema } }),
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
