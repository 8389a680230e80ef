import { expect, test } from 'vitest'
import type { FlowContext } from '../../../src/agentchat/flows/flow.ts'
import { roundRobin } from '../../../src/agentchat/flows/round-robin.ts'
import type { ChatMessage } from '../../../src/agentchat/messages/chat-message.ts'
import type { Plain } from '../../../src/messages/plain.ts'

/** A conversation of three, in which the test says who speaks. */
function conversation(names: readonly string[] = ['a', 'b', 'c']) {
  const flow = roundRobin()
  const said: ChatMessage[] = []
  let state: Record<string, Plain> = { ...flow.initial }
  const text = (source: string): ChatMessage => ({ kind: 'text', id: '', source, content: 'well' })
  const next = (why: FlowContext['why']) => {
    const context = {
      state,
      speakers: names.map((name) => ({ name, description: '', produces: [], kind: 'chat-agent' })),
      thread: { length: said.length, read: (from = 0) => said.slice(from) },
      why,
    }
    return flow.next(context as unknown as FlowContext)
  }
  const append = (sources: readonly string[]) => {
    const messages = sources.map(text)
    said.push(...messages)
    return messages
  }
  return {
    task: (...sources: string[]) => next({ kind: 'task', messages: append(sources) }),
    spoke: (name: string) => next({ kind: 'spoke', messages: append([name]) }),
    /** It spoke, and the run ended before the flow was asked. */
    spokeLast: (name: string) => append([name]),
    goesOn: () => next({ kind: 'goes-on' }),
    reload: () => {
      state = JSON.parse(JSON.stringify(state))
    },
  }
}

const turnOf = (...names: string[]) => ({ kind: 'speak', names })

test('each speaks in turn, and then the first again', () => {
  const { task, spoke } = conversation()
  expect(task('user')).toEqual(turnOf('a'))
  expect(spoke('a')).toEqual(turnOf('b'))
  expect(spoke('b')).toEqual(turnOf('c'))
  expect(spoke('c')).toEqual(turnOf('a'))
})

test('the next run begins with the speaker after the last one', () => {
  const { task, spokeLast } = conversation()
  task('user')
  spokeLast('a')
  expect(task('user')).toEqual(turnOf('b'))
})

test('a speaker that did not speak has its turn when the run goes on, and with a new task', () => {
  const { task, spoke, goesOn } = conversation()
  task('user')
  expect(spoke('a')).toEqual(turnOf('b'))
  expect(goesOn()).toEqual(turnOf('b'))
  expect(task('user')).toEqual(turnOf('b'))
  expect(spoke('b')).toEqual(turnOf('c'))
})

test('asked twice about the same, it says the same', () => {
  const { task, spoke, goesOn } = conversation()
  task('user')
  expect([spoke('a'), goesOn(), goesOn()]).toEqual([turnOf('b'), turnOf('b'), turnOf('b')])
})

test('a task in a participant’s name does not take its turn', () => {
  const { task } = conversation()
  expect(task('user', 'b')).toEqual(turnOf('a'))
})

test('the place is kept with the state', () => {
  const { task, spoke, reload } = conversation()
  task('user')
  spoke('a')
  reload()
  expect(spoke('b')).toEqual(turnOf('c'))
})

test('a single participant speaks each time, and nobody of an empty list', () => {
  const one = conversation(['a'])
  expect([one.task('user'), one.spoke('a')]).toEqual([turnOf('a'), turnOf('a')])
  expect(conversation([]).task('user')).toEqual(turnOf())
})
