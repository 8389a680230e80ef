import { expect, test } from 'vitest'
import type { FlowContext, Next, Speaker } from '../../../src/agentchat/flows/flow.ts'
import { swarm } from '../../../src/agentchat/flows/swarm.ts'
import type { ChatMessage } from '../../../src/agentchat/messages/chat-message.ts'
import type { Plain } from '../../../src/messages/plain.ts'

const text = (source: string): ChatMessage => ({ kind: 'text', id: '', source, content: 'well' })
const handoff = (source: string, target: string): ChatMessage => {
  return { kind: 'handoff', id: '', source, target, content: 'yours', context: [] }
}
const agent = (name: string, ...produces: Speaker['produces'][number][]): Speaker => {
  return { name, description: '', produces, kind: 'chat-agent' }
}

function conversation() {
  const flow = swarm()
  const said: ChatMessage[] = []
  const state: Record<string, Plain> = { ...flow.initial }
  const next = (why: FlowContext['why']) => {
    const context = {
      state,
      speakers: [agent('a', 'handoff'), agent('b', 'handoff'), agent('c')],
      thread: { length: said.length, read: (from = 0) => said.slice(from) },
      why,
    }
    return flow.next(context as unknown as FlowContext) as Next
  }
  return {
    task: (...messages: ChatMessage[]) => {
      said.push(...messages)
      return next({ kind: 'task', messages })
    },
    spoke: (...messages: ChatMessage[]) => {
      said.push(...messages)
      return next({ kind: 'spoke', messages })
    },
    /** It spoke, and the run ended before the flow was asked. */
    spokeLast: (message: ChatMessage) => said.push(message),
    goesOn: () => next({ kind: 'goes-on' }),
  }
}

const turnOf = (name: string) => ({ kind: 'speak', names: [name] })
const COMPLETED = { kind: 'stop', reason: { kind: 'completed' } }

test('the first begins, and goes on until it hands over', () => {
  const { task, spoke } = conversation()
  expect(task(text('user'))).toEqual(turnOf('a'))
  expect(spoke(text('a'))).toEqual(turnOf('a'))
  expect(spoke(handoff('a', 'c'))).toEqual(turnOf('c'))
  expect(spoke(text('c'))).toEqual(turnOf('c'))
  expect(spoke(handoff('c', 'b'))).toEqual(turnOf('b'))
})

test('the current speaker is kept from run to run, and through a run that failed', () => {
  const { task, spoke, goesOn } = conversation()
  task(text('user'))
  spoke(handoff('a', 'b'))
  expect(goesOn()).toEqual(turnOf('b'))
  expect(task(text('user'))).toEqual(turnOf('b'))
})

test('a handoff to the user completes the run, and the next goes on with the agent that handed over', () => {
  const { task, spoke } = conversation()
  task(text('user'))
  spoke(handoff('a', 'b'))
  expect(spoke(handoff('b', 'user'))).toMatchObject(COMPLETED)
  expect(task(text('user'))).toEqual(turnOf('b'))
})

test('a task answers a handoff to the user that a condition has ended the run at', () => {
  const { task, spoke, spokeLast } = conversation()
  task(text('user'))
  spoke(handoff('a', 'b'))
  spokeLast(handoff('b', 'user'))
  expect(task(text('user'))).toEqual(turnOf('b'))
})

test('a handoff that a condition has ended the run at counts in the next', () => {
  const { task, spokeLast } = conversation()
  task(text('user'))
  spokeLast(handoff('a', 'c'))
  expect(task(text('user'))).toEqual(turnOf('c'))
})

test('a handoff to a stranger fails the run, naming both', () => {
  const { task, spoke, goesOn } = conversation()
  task(text('user'))
  const next = spoke(handoff('a', 'stranger'))
  expect(next).toMatchObject({
    kind: 'stop',
    reason: { kind: 'failed', source: 'a', error: { code: 'HEDDLE_INVALID_TEAM' } },
  })
  expect(next.kind === 'stop' && next.reason.text).toBe(
    "'a' handed over to 'stranger', who does not take part; those who do: a, b, c",
  )
  expect(goesOn()).toEqual(turnOf('a'))
})

test('a handoff in the task decides who begins, the last of several, over an earlier one', () => {
  const { task, spokeLast } = conversation()
  expect(task(handoff('user', 'c'), handoff('user', 'b'), text('user'))).toEqual(turnOf('b'))
  spokeLast(handoff('b', 'a'))
  expect(task(handoff('user', 'c'))).toEqual(turnOf('c'))
  expect(task(handoff('user', 'stranger'))).toMatchObject({ reason: { kind: 'failed' } })
})

test('only chat agents can swarm, and the first of them must be able to hand over', () => {
  const check = (...speakers: Speaker[]) => swarm().check?.(speakers, { isBounded: true })
  check(agent('a', 'text', 'handoff'), agent('b'))
  expect(() => check(agent('a', 'text'), agent('b', 'handoff'))).toThrow(/'a' is the first/)
  expect(() => check(agent('a', 'handoff'), { ...agent('b'), kind: 'team' })).toThrow(
    expect.objectContaining({ code: 'HEDDLE_INVALID_TEAM' }),
  )
})
