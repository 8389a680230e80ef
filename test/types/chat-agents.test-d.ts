/** Chat agents: those of users, assistants, those that run code, and humans. */
import {
  type AgentEvent,
  type Approval,
  type ApprovalRequest,
  type AssistantOptions,
  assistantAgent,
  buffered,
  type ChatAgent,
  type ChatAgentOptions,
  type ChatContext,
  type ChatMessage,
  type CodeBlock,
  type CodeExecutor,
  type CodeExecutorOptions,
  type CodeOutcome,
  codeExecutorAgent,
  defineChatAgent,
  type HandoffOptions,
  type History,
  headAndTail,
  listMemory,
  type Memory,
  type ModelClient,
  type ModelContext,
  type ModelMessage,
  type Plain,
  type ProcessExecutorOptions,
  processExecutor,
  type Response,
  type RunItem,
  type SavedAgent,
  type Spending,
  type TaskResult,
  type ToolCall,
  type ToolResult,
  type ToolSpec,
  tokenLimited,
  type UserProxyOptions,
  unbounded,
  userProxyAgent,
} from '../../src/agentchat/index.ts'
import { type Equal, exactly } from './equal.ts'

declare const model: ModelClient

/** A chat agent infers what it is given. */
const own = defineChatAgent({
  name: 'own',
  produces: ['text', 'stop'],
  respond: async (messages, context) => {
    exactly<readonly ChatMessage[]>()(messages)
    exactly<ChatContext>()(context)
    exactly<string | undefined>()(context.input)
    exactly<Plain | undefined>()(context.state.count)
    context.state.count = Number(context.state.count ?? 0) + 1
    context.history.append({ role: 'user', source: 'a', content: 'x' })
    context.emit({ kind: 'thought', source: 'own', content: 'hm' })
    context.spending.used({ promptTokens: 1, completionTokens: 1 })
    exactly<number>()(await context.withLimit(() => 1))
    const bought = await context.once('buy', async () => ({ ids: ['a'] }))
    exactly<{ readonly ids: readonly string[] }>()(bought)
    exactly<number>()(await context.once('count', () => 1))
    // @ts-expect-error its state is data
    context.state.at = new Date(0)
    // @ts-expect-error it is shown what is new, and does not change that
    messages.push(messages[0])
    // @ts-expect-error a result ends a run, and is not shown in it
    context.emit({ kind: 'result' })
    if (context.input === undefined) return { kind: 'input', prompt: 'Which?' }
    return {
      kind: 'message',
      message: { kind: 'text', id: context.nextId(), source: 'own', content: context.input },
    }
  },
})
exactly<ChatAgent>()(own)
exactly<string>()(own.description)
exactly<readonly ChatMessage['kind'][]>()(own.produces)
const respond: ChatAgentOptions['respond'] = own.respond
// @ts-expect-error an agent responds asynchronously
defineChatAgent({ name: 'own', respond: () => ({ kind: 'input', prompt: '' }) })
// @ts-expect-error a response says what it is
defineChatAgent({ name: 'own', respond: async () => 'an answer' })
// @ts-expect-error a kind of message that does not exist
defineChatAgent({ name: 'own', produces: ['whisper'], respond })
// @ts-expect-error an agent has a name
defineChatAgent({ respond })
// @ts-expect-error an option that does not exist
defineChatAgent({ name: 'own', respond, system: 'Help.' })
// @ts-expect-error an agent is not changed
own.name = 'other'

export async function alone(): Promise<void> {
  exactly<TaskResult>()(await own.run({ task: 'go' }))
  for await (const item of own.runStream()) exactly<RunItem>()(item)
  const saved = own.saveState()
  exactly<SavedAgent>()(saved)
  exactly<1>()(saved.version)
  own.loadState(saved)
  // @ts-expect-error what was saved is not changed
  saved.history.push({ role: 'system', content: '' })
  // @ts-expect-error what is loaded was saved
  own.loadState({ history: [] })
}

/** The union is closed: a new way to end a turn is an error here. */
export function textOfResponse(response: Response): string {
  switch (response.kind) {
    case 'message':
      return response.message.source
    case 'input':
      return response.prompt
  }
}

export function within(history: History, spending: Spending): void {
  exactly<ModelMessage[]>()(history.read(1))
  spending.modelCall()
  spending.toolCall()
  // @ts-expect-error what is used is counted in tokens
  spending.used(12)
  // @ts-expect-error a history grows by entries, with roles
  history.append({ kind: 'text', id: '1', source: 'a', content: 'x' })
  // @ts-expect-error and is not cut
  history.length = 0
}

/** Which part of a history a model is shown. */
const contexts: readonly ModelContext[] = [
  unbounded(),
  buffered(10),
  headAndTail(2, 8),
  tokenLimited(),
  tokenLimited(1000),
  {
    kind: 'own',
    view: (history, { countTokens, contextTokens }, tools) => {
      exactly<readonly ModelMessage[]>()(history)
      exactly<readonly ToolSpec[]>()(tools)
      exactly<number>()(countTokens(history, tools))
      exactly<number | undefined>()(contextTokens)
      // @ts-expect-error a view does not change the history
      history.reverse()
      return history.slice(-1)
    },
  },
]
// @ts-expect-error a size is wanted
buffered()
// @ts-expect-error of both ends
headAndTail(2)
// @ts-expect-error a view shows at once
export const late: ModelContext = { kind: 'late', view: async (history) => history }

const handoff: HandoffOptions = { target: 'b', message: 'Over to you.' }
const assistant: AssistantOptions = {
  name: 'assistant',
  model,
  system: null,
  handoffs: ['a', handoff],
  memory: [listMemory(['a'])],
  stream: 'chunks',
  reflect: 'never',
  summary: (call, result) => {
    exactly<ToolCall>()(call)
    exactly<ToolResult>()(result)
    return typeof result.content === 'string' ? result.content : call.name
  },
}
exactly<ChatAgent>()(assistantAgent({ ...assistant, context: contexts[0] as ModelContext }))
// @ts-expect-error an assistant has a model
assistantAgent({ name: 'a' })
exactly<ChatAgent>()(assistantAgent({ ...assistant, limit: 'openai', turnTimeoutMs: 60_000 }))
// @ts-expect-error a limit has its size on the runtime
assistantAgent({ ...assistant, limit: 4 })
// @ts-expect-error a summary is made at once
assistantAgent({ ...assistant, summary: async () => 'x' })
// @ts-expect-error a tool is made by `tool`
assistantAgent({ ...assistant, tools: [{ name: 'add', description: '', run: () => 1 }] })
// @ts-expect-error an output is made by `defineStructured`
assistantAgent({ ...assistant, output: { type: 'object' } })
// @ts-expect-error a way to stream that does not exist
assistantAgent({ ...assistant, stream: true })
// @ts-expect-error an option left out is not the option undefined
assistantAgent({ ...assistant, description: undefined })
// @ts-expect-error a handoff has a target
assistantAgent({ ...assistant, handoffs: [{ name: 'over' }] })

/** A memory answers at once or later. */
export const memories: readonly Memory[] = [
  { query: (about) => about.map(({ source }) => source) },
  { query: async (_, signal) => (signal.aborted ? [] : ['a']) },
]
// @ts-expect-error a memory gives texts
export const numbers: Memory = { query: () => [1] }
// @ts-expect-error a list of texts
listMemory('a')

const blocks: CodeBlock[] = []
const refused: Approval = { approved: false, reason: 'not now' }
export const executor: CodeExecutor = {
  run: async (given, { signal, idempotencyKey }) => {
    exactly<readonly CodeBlock[]>()(given)
    exactly<AbortSignal>()(signal)
    exactly<string>()(idempotencyKey)
    return { exitCode: 0, output: '' }
  },
}
const limits: ProcessExecutorOptions = { timeoutMs: 1000, env: { LANG: 'C' } }
const runsCode: CodeExecutorOptions = {
  name: 'runner',
  execute: processExecutor(limits),
  approve: (request) => {
    exactly<ApprovalRequest>()(request)
    exactly<readonly CodeBlock[]>()(request.blocks)
    return { approved: request.blocks.length < 2, reason: 'one block at a time' }
  },
}
exactly<ChatAgent>()(codeExecutorAgent(runsCode))
codeExecutorAgent({ ...runsCode, approve: async (): Promise<Approval> => refused })
exactly<Promise<CodeOutcome>>()(
  executor.run(blocks, { signal: AbortSignal.abort(), idempotencyKey: 'a' }),
)
// @ts-expect-error a refusal has a reason
codeExecutorAgent({ ...runsCode, approve: () => ({ approved: false }) })
// @ts-expect-error nor is a boolean an approval
codeExecutorAgent({ ...runsCode, approve: () => true })
// @ts-expect-error something runs the code
codeExecutorAgent({ name: 'runner' })
// @ts-expect-error variables of an environment that may be missing
processExecutor({ env: process.env })
// @ts-expect-error a code to exit with, also where all went well
export const silent: CodeOutcome = { output: '' }

const human: UserProxyOptions = { name: 'human', prompt: 'Well?' }
exactly<ChatAgent>()(userProxyAgent(human))
// @ts-expect-error a prompt is a text, and not made by a function
userProxyAgent({ name: 'human', prompt: () => 'Well?' })

export type Shown = Parameters<ChatContext['emit']>[0]
export const shown: Equal<Shown, AgentEvent | ChatMessage> = true
