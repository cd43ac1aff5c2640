import type { JsonObject } from '../../src/kube/object.ts';
import type { Operation, Parameter } from './openapi-operations.ts';
import { methodOf, operationsByPath, operationsOf, PATCH_TYPES } from './openapi-operations.ts';
import { schemasOf, toOpenApi3 } from './openapi-schemas.ts';
import type { ServedVersion } from './served-version.ts';

const MEDIA_TYPES = ['application/json', 'application/yaml'];
const PATCH_CONTENT: JsonObject = Object.fromEntries(PATCH_TYPES.map((type) => [type, { schema: { type: 'object' } }]));

/** The OpenAPI v3 document of one group/version; every reference resolves within it. */
export function openApiV3(served: ServedVersion, programVersion: string): JsonObject {
  const operations = operationsByPath(operationsOf(served));
  const paths = [...operations].map(([path, onPath]) => [path, pathItem(onPath)] as const);
  const schemas = Object.entries(schemasOf([served])).map(([name, schema]) => [name, toOpenApi3(schema)] as const);
  return {
    openapi: '3.0.0',
    info: { title: 'clusterset-apiserver', version: programVersion },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function pathItem(operations: readonly Operation[]): JsonObject {
  return {
    ...Object.fromEntries(operations.map((one) => [methodOf(one), operationObject(one)])),
    parameters: operations[0]?.pathParameters.map(inOpenApi3),
  };
}

function operationObject(operation: Operation): JsonObject {
  const method = methodOf(operation);
  const schema = { $ref: `#/components/schemas/${operation.responseSchema}` };
  const content = Object.fromEntries(MEDIA_TYPES.map((type) => [type, { schema }]));
  const body = { required: true, content: method === 'patch' ? PATCH_CONTENT : content };
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.operationId,
    parameters: operation.parameters.map(inOpenApi3),
    ...(method === 'get' ? {} : { requestBody: body }),
    responses: {
      ...(method === 'post'
        ? { '201': { description: 'Created', content } }
        : { '200': { description: 'OK', content } }),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.groupVersionKind,
  };
}

function inOpenApi3(parameter: Parameter): JsonObject {
  return {
    name: parameter.name,
    in: parameter.in,
    description: parameter.description,
    ...(parameter.in === 'path' ? { required: true } : {}),
    schema: { type: parameter.type, uniqueItems: true },
  };
}
