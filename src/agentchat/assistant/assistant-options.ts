/** The options of an assistant: their check and their defaults. */
import type { HeddleError } from '../../errors.ts'
import type { ModelClient, ToolCall, ToolResult } from '../../models/model.ts'
import {
  COUNT,
  ELSEWHERE,
  listOf,
  MILLISECONDS,
  NAME,
  oneOf,
  type RulesOf,
  ruleThat,
  SYNC_FUNCTION,
  shapeOf,
  TEXT,
} from '../../option-rules.ts'
import { isTool } from '../../tools/tool.ts'
import {
  checkNames,
  isToolSource,
  type Named,
  namedBy,
  type ToolSource,
} from '../../tools/tool-source.ts'
import { CONTEXT } from '../agents/context-view.ts'
import { checkClient } from '../agents/model-client.ts'
import { type ModelContext, unbounded } from '../agents/model-context.ts'
import { textOfParts } from '../messages/chat-message.ts'
import { checkOptions } from '../messages/options.ts'
import { refuseChat } from '../messages/refusal.ts'
import { isStructuredType, type StructuredType } from '../messages/structured.ts'
import type { ChatToolContext, Tool } from '../tools/chat-tool.ts'
import { HANDOFF, type Handoff, type HandoffOptions, resolveHandoff } from './handoff.ts'
import type { Memory } from './memory.ts'

/** The options of `assistantAgent`. */
export interface AssistantOptions {
  readonly name: string
  readonly model: ModelClient
  /** Default: "An assistant that can use tools." */
  readonly description?: string
  /**
   * The system message. Default: to help, and to say TERMINATE when the task is done.
   * `null`: nothing.
   */
  readonly system?: string | null
  /**
   * Tools, and sources of tools, as `mcpServer` makes them. A source is asked in each turn, before
   * each call of the model.
   */
  readonly tools?: readonly (Tool | ToolSource<ChatToolContext>)[]
  /** How many tools run at once. Default 8. */
  readonly toolsAtOnce?: number
  /** The agents that the assistant may hand over to. */
  readonly handoffs?: readonly (string | HandoffOptions)[]
  /** Which part of the history the model is shown. Default: all. */
  readonly context?: ModelContext
  readonly memory?: readonly Memory[]
  /** `chunks`: the answer is shown as it comes. Default `whole`. */
  readonly stream?: 'whole' | 'chunks'
  /**
   * How many rounds of tool calls a turn may have. The model is called again with the results
   * between rounds. Default 1: once its tools have run, the turn ends.
   */
  readonly maxToolIterations?: number
  /**
   * Whether the model sums up the results of its last tools. Default: only where `output` is given.
   */
  readonly reflect?: 'after-tools' | 'never'
  /**
   * Without reflection: gives the text for a result, synchronously. Default: the result's content.
   */
  readonly summary?: (call: ToolCall, result: ToolResult) => string
  /**
   * The named limit of the runtime that each of its model calls holds: see `limits` of
   * `ThreadedRuntime.start`. A runtime without such a limit refuses the agent. Default: its team's.
   */
  readonly limit?: string
  /**
   * Milliseconds that one turn of it may take, with its waits for its model, its tools and its
   * limit. Default: its team's; alone, any time.
   */
  readonly turnTimeoutMs?: number
  /**
   * The answer is structured, and fits this. Its message keeps the JSON of the answer;
   * `output.read(message)` gives the schema's output.
   */
  readonly output?: StructuredType<unknown, unknown>
}

/** The options with their defaults. */
export interface Assistant
  extends Required<
    Omit<AssistantOptions, 'handoffs' | 'tools' | 'output' | 'system' | 'limit' | 'turnTimeoutMs'>
  > {
  readonly system: string | null
  /** Without those of sources. */
  readonly tools: ReadonlyMap<string, Tool>
  readonly sources: readonly ToolSource<ChatToolContext>[]
  readonly handoffs: ReadonlyMap<string, Handoff>
  readonly output: AssistantOptions['output'] | undefined
  /** Those of the chat agent. */
  readonly limits: Pick<AssistantOptions, 'limit' | 'turnTimeoutMs'>
}

const RULES: RulesOf<AssistantOptions> = {
  name: ELSEWHERE,
  model: ELSEWHERE,
  description: TEXT,
  system: ruleThat('a string, or null', (value) => value === null || typeof value === 'string'),
  tools: listOf(ruleThat('made by tool, defineTool, agentTool or mcpServer', isToolOrSource)),
  toolsAtOnce: COUNT,
  maxToolIterations: COUNT,
  handoffs: listOf(HANDOFF),
  context: CONTEXT,
  memory: listOf(shapeOf('listMemory(…), or an object with query', 'query')),
  stream: oneOf('whole', 'chunks'),
  reflect: oneOf('after-tools', 'never'),
  summary: SYNC_FUNCTION,
  limit: NAME,
  turnTimeoutMs: MILLISECONDS,
  output: ruleThat('made by defineStructured', isStructuredType),
}

const SYSTEM =
  'You are a helpful assistant. Solve the task with your tools where they help. When the task is done, end your answer with the word TERMINATE.'

export function resolve(options: AssistantOptions): Assistant {
  checkOptions<AssistantOptions>('chat agent', options, RULES)
  const { name, model, output, maxToolIterations = 1, toolsAtOnce = 8 } = options
  const refuse = (problem: string) => refuseChat('chat agent', problem, String(name))
  checkClient(model, refuse)
  const given = options.tools ?? []
  const tools = byName(given.filter(isTool) as Tool[], refuse)
  const sources = given.filter(isToolSource)
  const handoffs = byName((options.handoffs ?? []).map(resolveHandoff), refuse)
  const twice = [...handoffs.keys()].find((one) => tools.has(one))
  if (twice !== undefined) throw refuse(`a tool and a handoff are both called '${twice}'`)
  const inAdvance = sources.flatMap((source) => namedBy(source.name, source.names ?? []))
  checkNames(name, [...ownNames(tools, handoffs), ...inAdvance])
  if (tools.size + handoffs.size + sources.length > 0 && !model.capabilities.tools) {
    throw refuse(`it has tools or handoffs, and its model '${model.name}' can't call any`)
  }
  if (output !== undefined && !model.capabilities.structuredOutput) {
    throw refuse(`its answer is to be structured, and its model '${model.name}' can't do that`)
  }
  if (output !== undefined && output.jsonSchema === undefined) {
    const mend = 'give jsonSchema to defineStructured'
    throw refuse(`the schema of its output '${output.format}' can't say what it takes; ${mend}`)
  }
  if (options.stream === 'chunks' && model.stream === undefined) {
    throw refuse(`it is to stream, and its model '${model.name}' can't`)
  }
  return {
    name,
    model,
    output,
    limits: limitsOf(options),
    description: options.description ?? 'An assistant that can use tools.',
    system: options.system === undefined ? SYSTEM : options.system,
    tools,
    sources,
    handoffs,
    maxToolIterations,
    toolsAtOnce,
    context: options.context ?? unbounded(),
    memory: options.memory ?? [],
    stream: options.stream ?? 'whole',
    reflect: options.reflect ?? (output === undefined ? 'never' : 'after-tools'),
    summary: options.summary ?? ((_, result) => textOfParts(result.content)),
  }
}

function isToolOrSource(value: unknown): boolean {
  return isTool(value) || isToolSource(value)
}

/** The names that a tool of a source must not have. */
export function ownNames(
  tools: ReadonlyMap<string, unknown>,
  handoffs: ReadonlyMap<string, unknown>,
): Named[] {
  return [
    ...[...tools.keys()].map((name) => ({ name, owner: 'its own' })),
    ...[...handoffs.keys()].map((name) => ({ name, owner: 'its handoffs' })),
  ]
}

function limitsOf({ limit, turnTimeoutMs }: AssistantOptions): Assistant['limits'] {
  return {
    ...(limit !== undefined && { limit }),
    ...(turnTimeoutMs !== undefined && { turnTimeoutMs }),
  }
}

function byName<T extends { readonly name: string }>(
  items: readonly T[],
  refuse: (problem: string) => HeddleError,
): ReadonlyMap<string, T> {
  const named = new Map(items.map((item) => [item.name, item]))
  const twice = items.find(({ name }, at) => items.findIndex((one) => one.name === name) < at)
  if (twice !== undefined) throw refuse(`two of its tools or handoffs are called '${twice.name}'`)
  return named
}
