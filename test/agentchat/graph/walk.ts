/** Walks through a graph without agents: what each node says is given beforehand. */
import type { Flow, FlowContext } from '../../../src/agentchat/flows/flow.ts'
import type { ChatMessage } from '../../../src/agentchat/messages/chat-message.ts'
import type { ChatStopReason } from '../../../src/agentchat/runs/task.ts'

export interface Walk {
  readonly steps: readonly (readonly string[])[]
  readonly reason: ChatStopReason | undefined
}

export interface WalkOptions {
  /** What a node says at its visit of this number. Default: its name and the number. */
  readonly say?: (name: string, visit: number) => string | ChatMessage
  /** How many steps there may be at most. Default: 60. */
  readonly most?: number
  /** Called between two steps with the state. The walk goes on with the state that it returns. */
  readonly between?: (state: Record<string, unknown>) => Record<string, unknown>
}

export async function walk(flow: Flow, options: WalkOptions = {}): Promise<Walk> {
  const {
    say = (name, visit) => `${name} ${visit}`,
    most = 60,
    between = (state) => state,
  } = options
  let state = structuredClone(flow.initial) as Record<string, unknown>
  const visits = new Map<string, number>()
  const steps: string[][] = []
  let why: FlowContext['why'] = { kind: 'task', messages: [] }
  for (let step = 0; step < most; step++) {
    const next = await flow.next(contextOf(state, why))
    if (next.kind === 'stop') return { steps, reason: next.reason }
    steps.push([...next.names])
    const messages = next.names.map((name): ChatMessage => {
      visits.set(name, (visits.get(name) ?? 0) + 1)
      const said = say(name, visits.get(name) as number)
      return typeof said === 'string' ? { kind: 'text', id: '', source: name, content: said } : said
    })
    why = { kind: 'spoke', messages }
    state = between(state)
  }
  return { steps, reason: undefined }
}

export function contextOf(state: Record<string, unknown>, why: FlowContext['why']): FlowContext {
  const context = {
    ...{ team: 'team', state, speakers: [], why, signal: new AbortController().signal },
    thread: { length: 0, read: () => [] },
    emit: () => {},
    callModel: () => Promise.reject(new Error('a graph asks no model')),
    message: () => ({ kind: 'text', id: '', source: 'team', content: '' }),
  }
  return context as unknown as FlowContext
}
