/**
 * Tools of modules in the shapes of other SDKs: plain objects, so that none of their packages is
 * needed here.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { isRecord } from '../describe.ts'
import { checkWith, type JsonSchema } from '../messages/json-schema.ts'
import type { ToolDefinition } from './tool-definition.ts'
import { parametersText } from './tool-options.ts'

/** What an option object of the AI SDK has that matters here. */
export interface AiSdkCall {
  readonly toolCallId: string
  readonly abortSignal?: AbortSignal | undefined
}

/** A tool for `tools` of the AI SDK. */
export interface AiSdkTool<Input, Result> {
  readonly description: string
  readonly inputSchema: SelfDescribing<Input>
  /** Yields what the tool shows while it runs, and then its result. */
  readonly execute: (input: Input, call: AiSdkCall) => AsyncGenerator<Result, void, undefined>
}

/** A Standard Schema that also describes itself. */
export interface SelfDescribing<Input> {
  readonly '~standard': StandardSchemaV1.Props<Input> & StandardJSONSchemaV1.Props
}

/** What the details of a call of the OpenAI Agents SDK have that matters here. */
export interface OpenAIAgentsCall {
  readonly signal?: AbortSignal | undefined
  readonly toolCall?: { readonly callId?: string | undefined } | undefined
}

/** The options of `tool` of the OpenAI Agents SDK. */
export interface OpenAIAgentsTool<Result> {
  readonly name: string
  readonly description: string
  readonly parameters: {
    type: 'object'
    properties: Record<string, never>
    required: string[]
    additionalProperties: true
  }
  /** Members with a default may be left out; that SDK's strict schemas require all. */
  readonly strict: false
  /** Checks the arguments, and resolves to the value of the tool. */
  readonly execute: (
    input: unknown,
    context?: unknown,
    details?: OpenAIAgentsCall,
  ) => Promise<Result>
  /** What a model is told of a failure. */
  readonly errorFunction: (context: unknown, error: unknown) => string
}

/** A schema for the AI SDK: it checks with this and passes on what comes out. */
export function schemaFor<Input>(
  definition: ToolDefinition,
  jsonSchema: JsonSchema,
): SelfDescribing<Input> {
  const { parameters, name } = definition
  const describeInput = () => ({ ...jsonSchema })
  return {
    '~standard': {
      version: 1,
      vendor: 'heddle',
      validate: (value) => {
        const checked = checkWith(parameters, value, parametersText(name))
        return checked.kind === 'valid'
          ? { value: checked.value as Input }
          : { issues: [{ message: checked.problem }] }
      },
      jsonSchema: { input: describeInput, output: describeInput },
    },
  }
}

/** The JSON schema in the form that the OpenAI Agents SDK takes where it is not strict. */
export function looseSchema(jsonSchema: JsonSchema): OpenAIAgentsTool<unknown>['parameters'] {
  const { properties, required } = jsonSchema
  const loose = {
    ...jsonSchema,
    type: 'object',
    properties: isRecord(properties) ? properties : {},
    required: Array.isArray(required) ? required : [],
    additionalProperties: true,
  }
  return loose as OpenAIAgentsTool<unknown>['parameters']
}

/** What a call shows, and then its result, as one sequence. Ends the call when it is left early. */
export async function* inSequence<Result>(
  start: (show: (value: unknown) => void, signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result, void, undefined> {
  const left = new AbortController()
  const both = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const shown: unknown[] = []
  let wake = Promise.withResolvers<void>()
  const show = (value: unknown) => {
    shown.push(value)
    wake.resolve()
  }
  let outcome: Promise<Result> | undefined
  const running = start(show, both)
  const settled = () => {
    outcome = running
    wake.resolve()
  }
  running.then(settled, settled)
  try {
    for (;;) {
      yield* shown.splice(0) as Result[]
      if (outcome !== undefined && shown.length === 0) break
      await wake.promise
      wake = Promise.withResolvers()
      if (shown.length > 0 || outcome !== undefined) wake.resolve()
    }
    yield await running
  } finally {
    left.abort()
  }
}
