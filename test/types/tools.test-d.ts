/** What `heddle/tools` infers and refuses. */
import {
  type AiSdkCall,
  type AiSdkTool,
  type ContentPart,
  defineTool,
  type JsonSchema,
  type ModuleTool,
  type ModuleToolOptions,
  type OpenAIAgentsCall,
  type OpenAIAgentsTool,
  type PoolStats,
  type Runs,
  type SelfDescribing,
  startToolPool,
  type Tool,
  type ToolCall,
  type ToolContent,
  type ToolContext,
  type ToolMode,
  type ToolOptions,
  type ToolPool,
  type ToolPoolOptions,
  type ToolResult,
  type ToolRunOptions,
  type ToolSpec,
  toolContent,
  type WhenFull,
} from 'heddle/tools'
import { z } from 'zod'
import {
  type AssistantOptions,
  assistantAgent,
  type ModelClient,
  tool,
} from '../../src/agentchat/index.ts'
import { exactly } from './equal.ts'

declare const model: ModelClient

const parameters = z.object({
  on: z.string().transform((text) => new Date(text)),
  seats: z.number().default(1),
})
const options: ModuleToolOptions<typeof parameters, Promise<number>> = {
  name: 'book',
  description: 'Books.',
  parameters,
  run: async ({ on, seats }, context) => {
    exactly<Date>()(on)
    exactly<ToolContext>()(context)
    context.progress({ seats })
    // @ts-expect-error only tools of chat agents show events
    context.emit({ kind: 'thought', source: 'a', content: 'hm' })
    return seats
  },
  key: ({ on }) => on.toISOString(),
  mode: 'serial',
  runs: 'pool',
  atMost: 3,
  timeoutMs: 5_000,
  memoryMb: 64,
}
const book = defineTool(import.meta.url, options)
type Input = { on: string; seats?: number | undefined }
exactly<ModuleTool<Input, number>>()(book)
exactly<Runs>()(book.runs)
exactly<ToolMode>()(book.mode)
export const spec: ToolSpec = book

/** A program gives what goes into the schema, and gets the value; a model gives text. */
export async function called(context: ToolContext, call: ToolCall): Promise<void> {
  exactly<number>()(await book.run({ on: '2026-11-05' }))
  const given: ToolRunOptions = { onProgress: (value) => exactly<unknown>()(value) }
  exactly<number>()(await book.run({ on: '2026-11-05', seats: 2 }, given))
  exactly<ToolResult>()(await book.call(call, context))
  // @ts-expect-error what comes out of the schema does not go in
  await book.run({ on: new Date() })
  // @ts-expect-error an argument that does not exist
  await book.run({ on: '', row: 1 })
  // @ts-expect-error there are two answers to a full queue
  await book.run({ on: '' }, { whenFull: 'drop' })
}

/** Assistants take tools of both kinds. */
const chatTool = tool({ name: 'add', description: '', parameters, run: () => 1 })
const tools: AssistantOptions['tools'] = [book, chatTool]
assistantAgent({ name: 'a', model, tools })
export const asTool: Tool = book

const poolOptions: ToolPoolOptions = {
  threads: 2,
  idleMs: 1_000,
  graceMs: 100,
  queue: { calls: 10 },
  env: { A: 'b' },
}
const pool = startToolPool(poolOptions)
exactly<ToolPool>()(pool)
export async function pooled(signal: AbortSignal): Promise<void> {
  const whenFull: WhenFull = 'wait'
  exactly<number>()(await pool.run(book, { on: '' }, { signal, whenFull }))
  const bookIt = pool.plainFunction(book)
  exactly<(args: Input, options?: ToolRunOptions) => Promise<number>>()(bookIt)
  const aiSdk: AiSdkTool<Input, number> = pool.aiSdkTool(book)
  exactly<SelfDescribing<Input>>()(aiSdk.inputSchema)
  const aiSdkCall: AiSdkCall = { toolCallId: '1', abortSignal: signal }
  for await (const shown of aiSdk.execute({ on: '' }, aiSdkCall)) exactly<number>()(shown)
  const openai: OpenAIAgentsTool<number> = pool.openaiAgentsTool(book)
  const details: OpenAIAgentsCall = { signal }
  exactly<number>()(await openai.execute({}, undefined, details))
  exactly<PoolStats>()(pool.stats())
  await pool.stop()
  // @ts-expect-error a tool of chat agents needs its agent, and can't be given to a pool
  await pool.run(chatTool, { on: '' })
  // @ts-expect-error the same
  pool.aiSdkTool(chatTool)
  // @ts-expect-error arguments of another tool
  await pool.run(book, { text: '' })
}

// @ts-expect-error the module comes first
defineTool(options)
// @ts-expect-error a place that there is not
defineTool(import.meta.url, { ...options, runs: 'thread' })
// @ts-expect-error a key is a text
defineTool(import.meta.url, { ...options, key: ({ seats }) => seats })
// @ts-expect-error a pool has threads
startToolPool({ workers: 2 })

const parts: readonly ContentPart[] = [{ kind: 'text', text: 'a' }]
exactly<ToolContent>()(toolContent(parts))
const jsonSchema: JsonSchema = { type: 'object' }
export const plain: ToolOptions<typeof parameters> = {
  name: 'add',
  description: '',
  parameters,
  jsonSchema,
  run: ({ seats }) => seats,
}
