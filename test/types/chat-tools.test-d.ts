/** Tools: their arguments infer from the schema. */
import { z } from 'zod'
import {
  type AgentToolOptions,
  agentTool,
  type ChatAgent,
  type ChatToolContext,
  type JsonSchema,
  type Team,
  type Tool,
  type ToolContent,
  type ToolContext,
  type ToolOptions,
  type ToolResult,
  type ToolSpec,
  tool,
  toolContent,
} from '../../src/agentchat/index.ts'
import type { Schema } from '../../src/index.ts'
import { exactly } from './equal.ts'

declare const agent: ChatAgent
declare const team: Team

const parameters = z.object({ a: z.number(), b: z.number().optional() })
const add = tool({
  name: 'add',
  description: 'Adds.',
  parameters,
  mode: 'serial',
  run: (args, context) => {
    exactly<{ a: number; b?: number | undefined }>()(args)
    exactly<ChatToolContext>()(context)
    exactly<(value: unknown) => void>()(context.progress)
    exactly<AbortSignal>()(context.signal)
    context.emit({ kind: 'thought', source: context.agent, content: context.idempotencyKey })
    // @ts-expect-error an argument that does not exist
    args.c
    // @ts-expect-error a tool shows events and messages
    context.emit('half done')
    // @ts-expect-error a context is not changed
    context.callId = '2'
  },
})
exactly<Tool>()(add)
export const spec: ToolSpec = add
exactly<'parallel' | 'serial' | 'exclusive'>()(add.mode)

/** The arguments are what comes out of the schema, whatever library it is of. */
tool({
  name: 'book',
  description: 'Books.',
  parameters: z.object({
    on: z.string().transform((text) => new Date(text)),
    seats: z.number().default(1),
  }),
  run: async ({ on, seats }) => {
    exactly<Date>()(on)
    exactly<number>()(seats)
  },
})
declare const own: Schema<{ text: string }, { words: readonly string[] }>
const jsonSchema: JsonSchema = { type: 'object', properties: { text: { type: 'string' } } }
tool({
  name: 'split',
  description: 'Splits.',
  parameters: own,
  jsonSchema,
  run: ({ words }) => exactly<readonly string[]>()(words),
})
export const options: ToolOptions<typeof parameters> = {
  name: 'add',
  description: 'Adds.',
  parameters,
  run: ({ a, b = 0 }) => a + b,
}
exactly<Tool>()(tool(options))
/** A context of the chat layer has all that any tool is given. */
export const contextOf = (context: ChatToolContext): ToolContext => context

export async function called(context: ChatToolContext): Promise<void> {
  exactly<ToolResult>()(await add.call({ id: '1', name: 'add', arguments: '{"a":1}' }, context))
  // @ts-expect-error the arguments are JSON text
  await add.call({ id: '1', name: 'add', arguments: { a: 1 } }, context)
}

// @ts-expect-error models choose by the description
tool({ name: 'add', parameters, run: () => 1 })
// @ts-expect-error arguments have a schema
tool({ name: 'add', description: 'Adds.', run: () => 1 })
// @ts-expect-error a JSON schema is not a schema that checks
tool({ name: 'add', description: 'Adds.', parameters: jsonSchema, run: () => 1 })
// @ts-expect-error a mode that does not exist
tool({ ...options, mode: 'once' })
// @ts-expect-error arguments of another type
tool({ ...options, run: (args: { a: string }) => args.a })
// @ts-expect-error a tool is not changed
add.description = 'Subtracts.'

const named: AgentToolOptions = { name: 'ask_team', description: 'Asks.' }
exactly<ToolContent>()(toolContent([{ kind: 'image-url', url: 'https://a' }]))
// @ts-expect-error a part has a kind
toolContent([{ text: 'a' }])
exactly<Tool>()(agentTool(agent))
exactly<Tool>()(agentTool(team, named))
// @ts-expect-error an agent or a team, and not its name
agentTool('critic')
// @ts-expect-error its parameters are a task
agentTool(agent, { parameters })
