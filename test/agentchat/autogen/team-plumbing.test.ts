/** AutoGen's teams and heddle's, side by side: what is heard, how a run goes, what is kept. */
import { describe, expect, test } from 'vitest'
import { userProxyAgent } from '../../../src/agentchat/agents/user-proxy.ts'
import { maxMessages, textMention, timeout } from '../../../src/agentchat/conditions/conditions.ts'
import type { RunItem } from '../../../src/agentchat/runs/task.ts'
import { ManualClock } from '../../fixtures/manual-clock.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'
import {
  hearer,
  inSteps,
  itemsOf,
  said,
  speaker,
  started,
  task,
  team,
  thinker,
  waiter,
  written,
} from './cast.ts'

describe('a team', () => {
  test('is an agent type for its manager and one for each participant, with keys below the conversation’s', async () => {
    const ab = team([hearer('a'), hearer('b')], { budget: { turns: 2 } })
    const { runtime, accepted } = await started(ab)
    const { name } = ab
    const own = [name, `${name}.a`, `${name}.b`, `${name}..runs`] // the last, for turns
    expect(runtime.agents().map(({ type }) => type)).toEqual(own)
    await ab.conversation(runtime, 'conv-7').run({ task: 'go' })
    expect(new Set(accepted.map(({ recipient }) => recipient))).toEqual(
      new Set([`${name}/conv-7`, `${name}.a/conv-7/a`, `${name}.b/conv-7/b`]),
    )
  })

  test('talks among itself by messages of heddle’s own', async () => {
    const ab = team([hearer('a'), hearer('b')], { budget: { turns: 2 } })
    const { runtime, accepted } = await started(ab)
    await ab.conversation(runtime, 'conv').run({ task: 'go' })
    const messages = [...new Set(accepted.map(({ message }) => message))]
    expect(messages).toEqual(messages.filter((one) => one.startsWith('heddle.chat.')))
    expect(messages).toEqual(
      expect.arrayContaining(['heddle.chat.begin', 'heddle.chat.speak', 'heddle.chat.spoke']),
    )
  })

  test('has conversations that go on at once, and hear nothing of each other', async () => {
    const ab = team([hearer('a'), hearer('b')], { budget: { turns: 3 } })
    const { runtime } = await started(ab)
    const runs = ['one', 'other'].map((key) => ab.conversation(runtime, key).run({ task: key }))
    for (const [at, result] of (await Promise.all(runs)).entries()) {
      expect(said(result)).toEqual([
        `user: ${['one', 'other'][at]}`,
        'a: user',
        'b: user a',
        'a: b',
      ])
    }
  })

  test('shares an agent with another team and with its own runs, and none of what that heard', async () => {
    const a = speaker('a', (messages, { state }) => {
      state.heard = Number(state.heard ?? 0) + messages.length
      return `heard ${state.heard}`
    })
    const one = team([a], { budget: { turns: 1 } })
    const other = team([a], { budget: { turns: 1 } })
    await one.run({ task: 'x' })
    for (const alone of [other, a])
      expect(said(await alone.run({ task: 'x' }))[1]).toBe('a: heard 1')
    expect(said(await one.run({ task: 'x' }))[1]).toBe('a: heard 2')
  })

  test('sends nothing to an agent that is not asked to speak', async () => {
    const ab = team([hearer('a'), hearer('b')], { budget: { turns: 1 } })
    const { runtime, accepted } = await started(ab)
    await ab.conversation(runtime, 'conv').run({ task: 'go' })
    expect(accepted.filter(({ recipient }) => recipient?.startsWith(`${ab.name}.b`))).toEqual([])
  })
})

describe('what is heard', () => {
  test('is the task and what others said since then, whenever a participant first speaks', async () => {
    const abc = team([hearer('a'), hearer('b'), hearer('c')], { budget: { turns: 6 } })
    expect(said(await abc.run({ task: [task('user', 'go'), task('boss', 'now')] }))).toEqual([
      ...['user: go', 'boss: now', 'a: user boss', 'b: user boss a', 'c: user boss a b'],
      ...['a: b c', 'b: c a', 'c: a b'],
    ])
  })

  test('are messages, and no events', async () => {
    const kinds = speaker('b', (messages) => messages.map(({ kind }) => kind).join(' '))
    const { messages } = await team([thinker('a'), kinds], { budget: { turns: 2 } }).run({
      task: 'go',
    })
    expect(said({ messages }).at(-1)).toBe('b: text text')
  })

  test('of those who speak at once, each hears the others in the next step', async () => {
    const ab = team([hearer('a'), hearer('b')], { flow: inSteps(['a', 'b'], ['b', 'a']) })
    expect(said(await ab.run({ task: 'go' }))).toEqual([
      ...['user: go', 'a: user', 'b: user', 'b: a', 'a: b'],
    ])
  })

  test('by a team within is its task: what is new to it, and what it has said itself is not', async () => {
    const inner = team([hearer('x')], { budget: { turns: 1 } })
    const outer = team([hearer('a'), inner], { budget: { turns: 4 } })
    expect(said(await outer.run({ task: 'go' }))).toEqual([
      ...['user: go', 'a: user', `${inner.name}: user a`],
      ...[`a: ${inner.name}`, `${inner.name}: a`],
    ])
  })
})

describe('a run', () => {
  test('shows its task first, and then the speakers before what they say; the result has only the messages', async () => {
    const stream = team([thinker('a')], { budget: { turns: 1 } }).runStream({ task: 'go' })
    const items = await itemsOf(stream)
    expect(items.map(({ kind }) => kind)).toEqual(['text', 'speakers', 'thought', 'text', 'result'])
    expect(items[0]).toMatchObject({ source: 'user', content: 'go' })
    expect(items.at(-1)).toMatchObject({ messages: [items[0], items[3]] })
  })

  test('is ended by a word that is said, or that an event has, and not by the same word in its task', async () => {
    for (const [a, word] of [
      [speaker('a', 'DONE'), 'DONE'] as const,
      [thinker('a'), 'hm'] as const,
    ]) {
      const result = await team([a], { stopWhen: textMention(word) }).run({ task: `say ${word}` })
      expect(result.messages.map(({ source }) => source)).toEqual(['user', 'a'])
      expect(result.stopReason).toMatchObject({ kind: 'condition', conditions: [{ source: 'a' }] })
    }
  })

  test('that its task brings to a limit of messages ends before anybody speaks', async () => {
    const a = team([speaker('a')], { stopWhen: maxMessages(2) })
    const messages = [task('user', 'one'), task('user', 'two')]
    expect(await a.run({ task: messages })).toMatchObject({
      messages,
      stopReason: { kind: 'condition' },
    })
  })

  test('asks no speaker before all of the step have spoken', async () => {
    const [a, b] = [waiter('a'), waiter('b')]
    const abc = team([a.agent, b.agent, hearer('c')], { flow: inSteps(['a', 'b'], ['c']) })
    const { runtime, accepted, tookIn } = await started(abc)
    const taken = tookIn()
    const entered = Promise.all([a.enters(), b.enters()])
    const run = abc.conversation(runtime, 'conv').run({ task: 'go' })
    await entered
    a.open('early')
    await taken
    expect(accepted.filter(({ recipient }) => recipient?.startsWith(`${abc.name}.c`))).toEqual([])
    b.open('late')
    expect(said(await run)).toEqual(['user: go', 'a: early', 'b: late', 'c: user a b'])
  })

  test.each(['a', 'b'] as const)(
    'ends by what %s says in a step of two, whoever is last',
    async (first) => {
      const last = first === 'a' ? 'b' : 'a'
      const both = { a: waiter('a'), b: waiter('b') }
      const ab = team([both.a.agent, both.b.agent], {
        flow: inSteps(['a', 'b'], ['a']),
        stopWhen: textMention('DONE').or(maxMessages(3)),
      })
      const { runtime, tookIn } = await started(ab)
      const taken = tookIn()
      const entered = Promise.all([both.a.enters(), both.b.enters()])
      const run = ab.conversation(runtime, 'conv').run({ task: 'go' })
      await entered
      both[first].open('DONE')
      await taken
      both[last].open('well')
      expect((await run).stopReason).toMatchObject({
        conditions: [
          { kind: 'text-mention', source: first },
          { kind: 'max-messages', count: 3 },
        ],
      })
    },
  )

  test('counts a turn for each who speaks in a step', async () => {
    const ab = team([speaker('a'), speaker('b')], {
      flow: inSteps(['a', 'b'], ['a', 'b'], ['a']),
      budget: { turns: 3 },
    })
    const { stopReason } = await ab.run({ task: 'go' })
    expect(stopReason).toMatchObject({ kind: 'budget', what: 'turns', limit: 3, used: 4 })
  })

  test('ends by a condition that is met, and not by a budget that is used up with it', async () => {
    const stopWhen = textMention('DONE')
    const a = team([speaker('a', 'DONE')], { stopWhen, budget: { turns: 1 } })
    expect((await a.run({ task: 'go' })).stopReason.kind).toBe('condition')
  })

  test('counts turns from its own begin, and what was said before is kept', async () => {
    const a = team([speaker('a')], { budget: { turns: 2 } })
    for (const content of ['one', 'two']) {
      const result = await a.run({ task: content })
      expect(said(result)).toEqual([`user: ${content}`, 'a: well', 'a: well'])
      expect(result.stopReason).toMatchObject({ kind: 'budget', used: 2 })
    }
    expect((await a.saveState()).manager.thread).toHaveLength(6)
  })

  test('begins though the same condition has ended the one before, here or in another team', async () => {
    const stopWhen = maxMessages(2)
    const [one, other] = [team([speaker('a')], { stopWhen }), team([speaker('b')], { stopWhen })]
    for (const next of [one, other, one]) {
      const { messages, stopReason } = await next.run({ task: 'go' })
      expect(messages).toHaveLength(2)
      expect(stopReason).toMatchObject({ conditions: [{ count: 2 }] })
    }
  })

  test('on a runtime that is given leaves it running, and no timer and no dead letter in it', async () => {
    const clock = new ManualClock()
    const budget = { turns: 1, ms: 2_000 }
    const a = team([speaker('a')], { clock, stopWhen: timeout(1_000), budget })
    const { runtime } = await started(a)
    await a.conversation(runtime, 'conv').run({ task: 'go' })
    expect(clock.pending).toBe(0)
    expect(await runtime.deadLetters.list()).toEqual([])
    expect(said(await a.conversation(runtime, 'next').run({ task: 'go' }))).toHaveLength(2)
  })

  test('whose stream nobody reads has not begun', async () => {
    let turns = 0
    const a = team([speaker('a', () => `${++turns}`)], { budget: { turns: 1 } })
    a.runStream({ task: 'never' })
    expect(said(await a.run({ task: 'go' }))).toEqual(['user: go', 'a: 1'])
  })

  test('does not wait for a slow reader of its stream, and keeps everything for it in order', async () => {
    let spoken = 0
    const counts = (name: string) => speaker(name, () => `${++spoken}`)
    const ab = team([counts('a'), counts('b')], { budget: { turns: 2 } })
    const { runtime } = await started(ab)
    const read: string[] = []
    for await (const item of ab.conversation(runtime, 'conv').runStream({ task: 'go' })) {
      await runtime.idle()
      expect(spoken).toBe(2)
      if (item.kind === 'text') read.push(item.content)
    }
    expect(read).toEqual(['go', '1', '2'])
  })

  test('that is cancelled between two items of its stream ends there, with its result', async () => {
    const controller = new AbortController()
    const a = team([speaker('a')])
    const items: RunItem[] = []
    for await (const item of a.runStream({ task: 'go', signal: controller.signal })) {
      items.push(item)
      if (item.kind === 'text' && item.source === 'a') controller.abort('enough')
    }
    expect(items.at(-1)).toMatchObject({ kind: 'result', stopReason: { reason: 'enough' } })
  })
})

describe('a speaker that fails', () => {
  /** `b` fails the first time, in a step with `a`. */
  function failing() {
    let failures = 1
    const cause = new RangeError('no port')
    const b = speaker('b', (messages) => {
      if (failures-- > 0) throw new TypeError('no connection', { cause })
      return messages.map(({ source }) => source).join(' ')
    })
    return team([speaker('a'), b], { flow: inSteps(['a', 'b'], ['a']) })
  }

  test('ends the run with its error as it was thrown, and its name', async () => {
    const { stopReason } = await failing().run({ task: 'go' })
    expect(stopReason).toMatchObject({
      kind: 'failed',
      text: 'b failed: no connection',
      source: 'b',
      error: {
        name: 'TypeError',
        message: 'no connection',
        stack: expect.stringContaining('team-plumbing.test.ts'),
        cause: { name: 'RangeError', message: 'no port' },
      },
    })
  })

  test('disturbs no speaker of the same step, is asked again about the same, and leaves no dead letter', async () => {
    const ab = failing()
    const { runtime } = await started(ab)
    const conversation = ab.conversation(runtime, 'conv')
    await conversation.run({ task: 'go' })
    expect(said(await conversation.run())).toEqual(['a: well', 'b: user', 'a: well'])
    expect(await runtime.deadLetters.list()).toEqual([])
  })

  test('leaves no speaker awaited: a new task runs like a first', async () => {
    const ab = failing()
    await ab.run({ task: 'go' })
    const result = await ab.run({ task: 'again' })
    expect(said(result).join('; ')).toBe('user: again; a: well; b: user a user; a: well')
    expect(result.stopReason.kind).toBe('completed')
  })

  test('to answer at all is cut by the budget of time, and asked again by the next run', async () => {
    const clock = new ManualClock()
    const { agent, enters, open } = waiter('a')
    const a = team([agent], { clock, budget: { ms: 1_000, turns: 1 } })
    const entered = enters()
    const run = a.run({ task: 'go' })
    await entered
    clock.advance(1_000)
    expect((await run).stopReason).toMatchObject({ kind: 'budget', what: 'ms' })
    const again = enters()
    const next = a.run()
    await again
    open('here')
    expect(said(await next)).toEqual(['a: here'])
  })
})

describe('what is kept', () => {
  test('is as at the beginning after a reset', async () => {
    const used = team([speaker('a'), hearer('b')], { budget: { turns: 3 } })
    const first = said(await used.run({ task: 'go' }))
    await used.reset()
    const state = { run: null, step: null, news: null, cursors: {} }
    expect((await used.saveState()).manager).toMatchObject({ thread: [], state })
    expect(said(await used.run({ task: 'go' }))).toEqual(first)
  })

  test('can’t be reset, loaded or saved while it runs; saved once it is paused', async () => {
    const { agent, enters, open } = waiter('a')
    const a = team([agent], { budget: { turns: 2 } })
    const before = await a.saveState()
    const entered = enters()
    const run = a.run({ task: 'go' })
    await entered
    const acts = [() => a.reset(), () => a.loadState(before), () => a.saveState()]
    for (const act of acts) await expectRefusal(act, 'HEDDLE_ALREADY_RUNNING', a.name)
    await a.pause()
    open('one')
    expect(said({ messages: (await a.saveState()).manager.thread })).toEqual(['user: go', 'a: one'])
    for (const act of acts.slice(0, 2)) await expectRefusal(act, 'HEDDLE_ALREADY_RUNNING')
    const again = enters()
    a.resume()
    await again
    open('two')
    await run
  })

  test('is plain data under the participants’ names, and another team of these goes on from it', async () => {
    const make = () => team([hearer('a'), hearer('b')], { name: 'saved', budget: { turns: 1 } })
    const [here, there] = [make(), make()]
    await here.run({ task: 'go' })
    const saved = await here.saveState()
    expect(written(saved)).toEqual(saved)
    expect(Object.keys(saved.speakers)).toEqual(['a', 'b'])
    await there.loadState(written(saved))
    expect(said(await there.run())).toEqual(['b: user a']) // it had heard nothing when it was saved
    expect(said(await there.run())).toEqual(['a: b'])
  })

  test('is not replaced by state that lacks a participant, or is of another version', async () => {
    const ab = team([hearer('a'), hearer('b')], { budget: { turns: 1 } })
    await ab.run({ task: 'go' })
    const { manager, speakers, ...rest } = await ab.saveState()
    const { b: _, ...lacking } = speakers
    const load = (saved: object) => () => ab.loadState({ manager, speakers, ...rest, ...saved })
    await expectRefusal(load({ speakers: lacking }), 'HEDDLE_INVALID_SNAPSHOT', `'b'`)
    await expectRefusal(load({ version: 2 }), 'HEDDLE_INVALID_SNAPSHOT', 'version')
    expect(said(await ab.run())).toEqual(['b: user a'])
  })

  test('of a run that waits for a human is what its condition has counted, too', async () => {
    const make = () =>
      team([speaker('a'), userProxyAgent({ name: 'human' })], {
        name: 'asking',
        stopWhen: maxMessages(4),
      })
    const [here, there] = [make(), make()]
    await here.run({ task: 'go' })
    await there.loadState(written(await here.saveState()))
    const { messages, stopReason } = await there.run({ input: 'yes' })
    expect(said({ messages })).toEqual(['human: yes', 'a: well'])
    expect(stopReason).toMatchObject({ conditions: [{ kind: 'max-messages', count: 4 }] })
  })

  test('is not touched by a pause between runs, nor by going on or stopping then', async () => {
    const a = team([speaker('a')], { budget: { turns: 2 } })
    await a.pause()
    expect(said(await a.run({ task: 'go' }))).toEqual(['user: go', 'a: well', 'a: well'])
    a.resume()
    await a.stop()
    expect(said(await a.run())).toEqual(['a: well', 'a: well'])
  })
})
