/** Small agents, flows and teams, for tests of what goes on between them. */
import { onTestFinished } from 'vitest'
import type { ChatAgent, ChatContext } from '../../../src/agentchat/agents/chat-agent.ts'
import { defineChatAgent } from '../../../src/agentchat/agents/define-chat-agent.ts'
import type { Flow } from '../../../src/agentchat/flows/flow.ts'
import { roundRobin } from '../../../src/agentchat/flows/round-robin.ts'
import { type ChatMessage, textOf } from '../../../src/agentchat/messages/chat-message.ts'
import type { RunItem, TaskResult } from '../../../src/agentchat/runs/task.ts'
import { defineTeam } from '../../../src/agentchat/teams/define-team.ts'
import type { Team, TeamOptions } from '../../../src/agentchat/teams/team.ts'
import { type InspectRecord, SingleThreadedRuntime } from '../../../src/index.ts'

type Speech = (messages: readonly ChatMessage[], context: ChatContext) => string | Promise<string>

/** Says a fixed text, or what `speech` makes of what it hears. */
export function speaker(name: string, speech: string | Speech = 'well'): ChatAgent {
  return defineChatAgent({
    name,
    respond: async (messages, context) => {
      const content = typeof speech === 'string' ? speech : await speech(messages, context)
      const own = { kind: 'text' as const, id: context.nextId(), source: name }
      return { kind: 'message', message: { ...own, content } }
    },
  })
}

/** Says which new messages it heard, with their speakers. */
export function hearer(name: string): ChatAgent {
  return speaker(name, (messages) => messages.map(({ source }) => source).join(' '))
}

/** Emits a thought before it speaks. */
export function thinker(name: string): ChatAgent {
  return speaker(name, (_, { emit }) => {
    emit({ kind: 'thought', source: name, content: 'hm' })
    return 'aha'
  })
}

/**
 * Waits at its gate each time it is asked to speak, and leaves the gate when its turn is given up.
 */
export function waiter(name: string) {
  const entered: (() => void)[] = []
  let gate = Promise.withResolvers<string>()
  const agent = speaker(name, (_, { signal }) => {
    for (const tell of entered.splice(0)) tell()
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    return Promise.race([gate.promise, aborted]).finally(() => {
      gate = Promise.withResolvers()
    })
  })
  return {
    agent,
    enters: () => new Promise<void>((resolve) => entered.push(resolve)),
    open: (content: string) => gate.resolve(content),
    fail: (error: Error) => gate.reject(error),
  }
}

/**
 * The names of a step speak at once, step after step. Then the flow is completed, and begins again.
 */
export function inSteps(...steps: readonly (readonly string[])[]): Flow {
  return {
    kind: 'in-steps',
    initial: { at: 0 },
    next: ({ state, why }) => {
      if (why.kind === 'task') state.at = 0
      const names = steps[Number(state.at)]
      state.at = Number(state.at) + 1
      if (names !== undefined) return { kind: 'speak', names }
      return { kind: 'stop', reason: { kind: 'completed', text: 'all steps are done' } }
    },
  }
}

let teams = 0
/** A team with a unique name, whose members speak in rotation. */
export function team(
  participants: TeamOptions['participants'],
  options: Partial<TeamOptions> = {},
) {
  return defineTeam({ name: `cast-${++teams}`, participants, flow: roundRobin(), ...options })
}

export function said({ messages }: Pick<TaskResult, 'messages'>): string[] {
  return messages.map((one) => `${one.source}: ${textOf(one)}`)
}

/** The value after a round through JSON, as in a file. */
export function written<T>(saved: T): T {
  return JSON.parse(JSON.stringify(saved))
}

/** A message of a task. */
export function task(source: string, content: string): ChatMessage {
  return { kind: 'text', id: `${source}: ${content}`, source, content }
}

/** A runtime for these teams, and every message that it is given. */
export async function started(...all: Team[]) {
  const runtime = await SingleThreadedRuntime.start({ agents: all.flatMap(({ agents }) => agents) })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const accepted: Extract<InspectRecord, { kind: 'accepted' }>[] = []
  runtime.inspect((record) => {
    if (record.kind === 'accepted') accepted.push(record)
  })
  /** Resolves when a manager has taken in an answer. */
  const tookIn = () =>
    new Promise<void>((resolve) => {
      runtime.inspect((record) => {
        if (record.kind === 'turn' && record.message === 'heddle.chat.spoke') resolve()
      })
    })
  return { runtime, accepted, tookIn }
}

export async function itemsOf(stream: AsyncIterable<RunItem>): Promise<RunItem[]> {
  const items: RunItem[] = []
  for await (const item of stream) items.push(item)
  return items
}
