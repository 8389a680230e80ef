/**
 * Whom AutoGen's group chats let speak next, and whom heddle's flows let speak in the same place,
 * in whole teams.
 */
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { assistantAgent } from '../../../src/agentchat/assistant/assistant.ts'
import { handoffTo, maxMessages } from '../../../src/agentchat/conditions/conditions.ts'
import { magenticOne } from '../../../src/agentchat/flows/magentic-one.ts'
import { type SelectorOptions, selector } from '../../../src/agentchat/flows/selector.ts'
import { swarm } from '../../../src/agentchat/flows/swarm.ts'
import type { ChatMessage } from '../../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../../src/agentchat/runs/task.ts'
import { tool } from '../../../src/agentchat/tools/chat-tool.ts'
import type { ModelRequest } from '../../../src/models/model.ts'
import { type Script, scriptedModel } from '../../../src/testing/scripted-model.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'
import { hearer, itemsOf, said, speaker, team, written } from './cast.ts'

const speakersOf = ({ messages }: TaskResult) => messages.map(({ source }) => source).join(' ')
const contentOf = (message: ModelRequest['messages'][number] | undefined) =>
  message !== undefined && 'content' in message ? String(message.content) : ''
const answersInText = { capabilities: { structuredOutput: false } }

describe('round robin', () => {
  const make = () =>
    team([speaker('a'), speaker('b'), speaker('c')], { name: 'in-turn', budget: { turns: 2 } })

  test('goes on where the last run has ended, and after a reset with the first', async () => {
    const abc = make()
    expect(speakersOf(await abc.run({ task: 'one' }))).toBe('user a b')
    expect(speakersOf(await abc.run({ task: 'two' }))).toBe('user c a')
    await abc.reset()
    expect(speakersOf(await abc.run({ task: 'three' }))).toBe('user a b')
  })

  test('goes on in another team with the turn at which it was saved', async () => {
    const [here, there] = [make(), make()]
    await here.run({ task: 'one' })
    await there.loadState(written(await here.saveState()))
    expect(speakersOf(await there.run({ task: 'two' }))).toBe('user c a')
  })
})

describe('a selector', () => {
  /** A team of three whose model says who is next. */
  function panel(script: Script, options: Partial<SelectorOptions> = {}, turns = 1) {
    const model = scriptedModel(script, answersInText)
    const make = () =>
      team([speaker('ann'), speaker('bob'), speaker('eve')], {
        name: 'panel',
        flow: selector({ model, ...options }),
        budget: { turns },
      })
    const promptOf = (call: number) => contentOf(model.calls[call]?.messages[0])
    return { model, make, promptOf, run: (task = 'go') => make().run({ task }) }
  }

  test('needs more than one participant to choose from, or its team is refused', async () => {
    const flow = selector({ model: scriptedModel([]) })
    await expectRefusal(() => team([speaker('ann')], { flow }), 'HEDDLE_INVALID_TEAM', 'two')
  })

  test('may choose a team among agents', async () => {
    const inner = team([speaker('x', 'from within')], { budget: { turns: 1 } })
    const flow = selector({ model: scriptedModel([inner.name], answersInText) })
    const outer = team([speaker('ann'), inner], { flow, budget: { turns: 1 } })
    expect(said(await outer.run({ task: 'go' }))[1]).toBe(`${inner.name}: from within`)
  })

  test('lets a function take its time to choose, and shows it the task and all that was said', async () => {
    const shown: string[][] = []
    const choose = async (messages: readonly ChatMessage[]) => {
      shown.push(said({ messages }))
      await Promise.resolve()
      return 'eve'
    }
    const { run, model } = panel([], { choose }, 2)
    expect(speakersOf(await run())).toBe('user eve eve')
    expect(shown).toEqual([['user: go'], ['user: go', 'eve: well']])
    expect(model.calls).toEqual([])
  })

  test('names in a failed run the choice of its function, and the participants', async () => {
    for (const options of [
      { choose: () => 'stranger' },
      { candidates: () => ['ann', 'stranger'] },
    ]) {
      const { stopReason } = await panel([], options).run()
      expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INVALID_TEAM' } })
      expect(stopReason.text).toMatch(/'stranger'.*ann, bob, eve/)
    }
  })

  test('asks nothing where a function leaves one candidate, though that one has just spoken', async () => {
    const { run, model } = panel([], { candidates: () => ['bob', 'bob'] }, 2)
    expect(speakersOf(await run())).toBe('user bob bob')
    expect(model.calls).toEqual([])
  })

  test('has all as candidates in the first turn, and from then on all but the last speaker', async () => {
    const { run, promptOf } = panel(['bob', 'eve'], {}, 2)
    expect(speakersOf(await run())).toBe('user bob eve')
    expect(promptOf(0)).toContain('Choose one of these: ann, bob, eve.')
    expect(promptOf(1)).toContain('Choose one of these: ann, eve.')
  })

  test('accepts the last speaker where repeats are allowed', async () => {
    const { run, promptOf } = panel(['bob', 'bob'], { repeats: 'allowed' }, 2)
    expect(speakersOf(await run())).toBe('user bob bob')
    expect(promptOf(1)).toContain('Choose one of these: ann, bob, eve.')
  })

  test('asks any model alike: one message of a user', async () => {
    const { run, model } = panel(['bob'])
    await run()
    expect(model.calls[0]?.messages.map(({ role }) => role)).toEqual(['user'])
  })

  test('shows the model each participant in a line, and a picture as a word', async () => {
    const { make, promptOf } = panel(['bob'], { prompt: '{roles}\n--\n{history}' })
    const image = { kind: 'image' as const, mediaType: 'image/png', data: '' }
    const content = [{ kind: 'text' as const, text: 'what is it?' }, image]
    await make().run({ task: { kind: 'multimodal', id: '1', source: 'user', content } })
    expect(promptOf(0)).toBe('ann\nbob\neve\n--\nuser: what is it? <image>')
  })

  test('asks three times, each time with all answers and what was wrong with them; then the first speaks', async () => {
    const { run, model } = panel(['nobody', 'ann or bob', 'hm'])
    expect(speakersOf(await run())).toBe('user ann')
    expect(model.calls.map(({ messages }) => messages.length)).toEqual([1, 3, 5])
    const [, first, told, second, again] = (model.calls[2]?.messages ?? []).map(contentOf)
    expect([first, second]).toEqual(['nobody', 'ann or bob'])
    expect(told).toMatch(/names none of them.*Choose one of these: ann, bob, eve\./)
    expect(again).toMatch(/names several: ann, bob/)
  })

  test('is not held up by a model that names the same one every time', async () => {
    const { run } = panel(() => 'ann', {}, 4)
    expect(speakersOf(await run())).toBe('user ann bob ann bob')
  })

  test('does not accept a participant from the model that is not a candidate', async () => {
    const { run, model } = panel(['eve', 'bob'], { candidates: () => ['ann', 'bob'] })
    expect(speakersOf(await run())).toBe('user bob')
    expect(model.calls).toHaveLength(2)
  })

  test('knows after loading who spoke last, and shows the model each message once', async () => {
    const { make, promptOf } = panel(['bob', 'eve'], { prompt: '{names}: {history}' })
    const [here, there] = [make(), make()]
    await here.run({ task: 'go' })
    await there.loadState(written(await here.saveState()))
    expect(speakersOf(await there.run())).toBe('eve')
    expect(promptOf(1)).toBe('ann, eve: user: go\n\nbob: well')
  })

  test('shows vain answers with the names in them, then the choice, and no chunks', async () => {
    const { make } = panel(['ann or bob', 'eve'])
    const items = await itemsOf(make().runStream({ task: 'go' }))
    expect(items.map(({ kind }) => kind)).toEqual([
      'text',
      'speakers',
      'speakers',
      'text',
      'result',
    ])
    expect(items.slice(1, 3)).toMatchObject([{ names: ['ann', 'bob'] }, { names: ['eve'] }])
  })

  test('costs the run what its model uses, in vain or not', async () => {
    const usage = { promptTokens: 20, completionTokens: 1 }
    const model = scriptedModel(() => ({ content: 'ann or bob', usage }))
    const flow = selector({ model, attempts: 2, repeats: 'allowed' })
    const ab = team([speaker('ann'), speaker('bob')], { flow, budget: { tokens: 60 } })
    const result = await ab.run({ task: 'go' })
    expect(result.stopReason).toMatchObject({ kind: 'budget', what: 'tokens', used: 84 })
    expect(result.usage).toEqual({ promptTokens: 80, completionTokens: 4 })
  })
})

describe('a swarm', () => {
  const handsOver = (name: string, target: string) =>
    assistantAgent({
      name,
      model: scriptedModel(() => ({
        toolCalls: [{ name: `transfer_to_${target}`, arguments: {} }],
      })),
      handoffs: [target],
    })

  test('is refused with a team in it, and with a first agent that can’t hand over', async () => {
    const flow = swarm()
    const inner = team([speaker('x')])
    const model = scriptedModel([])
    const first = assistantAgent({ name: 'first', model, handoffs: ['second'] })
    team([first, assistantAgent({ name: 'second', model })], { flow })
    const alone = assistantAgent({ name: 'alone', model })
    await expectRefusal(() => team([first, inner], { flow }), 'HEDDLE_INVALID_TEAM', inner.name)
    await expectRefusal(() => team([alone, first], { flow }), 'HEDDLE_INVALID_TEAM', `'alone'`)
  })

  test('hands over the work that was done beside the handoff', async () => {
    const look = tool({
      name: 'look',
      description: '',
      parameters: z.object({}),
      run: () => 'it is 42',
    })
    const transfer = { name: 'transfer_to_second', arguments: {} }
    const firstModel = scriptedModel([{ toolCalls: [{ name: 'look', arguments: {} }, transfer] }])
    const model = scriptedModel(['thanks'])
    const first = { name: 'first', model: firstModel, tools: [look], handoffs: ['second'] }
    const both = [assistantAgent(first), assistantAgent({ name: 'second', model, system: null })]
    await team(both, { flow: swarm(), budget: { turns: 2 } }).run({ task: 'go' })
    const results = model.calls[0]?.messages.flatMap((one) =>
      one.role === 'tool' ? one.results : [],
    )
    expect(results?.map(({ content }) => content)).toEqual(['it is 42'])
  })

  test('that hands over to a stranger fails with all the names, and takes the next task', async () => {
    let calls = 0
    const model = scriptedModel(() =>
      calls++ === 0 ? { toolCalls: [{ name: 'transfer_to_stranger', arguments: {} }] } : 'here',
    )
    const a = assistantAgent({ name: 'a', model, handoffs: ['stranger'] })
    const ab = team([a, speaker('b')], { flow: swarm(), budget: { turns: 1 } })
    // The budget is used up by then, so the next run asks the flow.
    await ab.run({ task: 'go' })
    const { stopReason } = await ab.run()
    expect(stopReason).toMatchObject({ kind: 'failed', source: 'a' })
    expect(stopReason.text).toMatch(/'stranger'.*: a, b$/)
    expect(said(await ab.run({ task: 'again' }))).toEqual(['user: again', 'a: here'])
  })

  test('begins with nobody where its task hands over to a stranger', async () => {
    const task = { kind: 'handoff' as const, id: '1', source: 'user', target: 'stranger' }
    const ab = team([handsOver('a', 'b'), speaker('b')], { flow: swarm() })
    const result = await ab.run({ task: { ...task, content: 'yours', context: [] } })
    expect(result.stopReason).toMatchObject({ kind: 'failed', source: 'user' })
    expect(speakersOf(result)).toBe('user')
  })

  test('ends where a condition looks for a handoff to a human, and the answer goes to the agent that asked', async () => {
    const stopWhen = handoffTo('human').or(maxMessages(9))
    const ab = team([handsOver('a', 'b'), handsOver('b', 'human')], { flow: swarm(), stopWhen })
    const first = await ab.run({ task: 'go' })
    expect(speakersOf(first)).toBe('user a b')
    expect(first.stopReason).toMatchObject({ conditions: [{ kind: 'handoff', source: 'b' }] })
    expect(speakersOf(await ab.run({ task: 'my answer' }))).toBe('user b')
  })

  test('goes on in another team with the speaker at its save, and after a reset with the first', async () => {
    const make = () =>
      team([handsOver('a', 'b'), hearer('b')], {
        name: 'desk',
        flow: swarm(),
        budget: { turns: 2 },
      })
    const [here, there] = [make(), make()]
    expect(speakersOf(await here.run({ task: 'go' }))).toBe('user a b')
    await there.loadState(written(await here.saveState()))
    expect(speakersOf(await there.run({ task: 'go' }))).toBe('user b b')
    await there.reset()
    expect(speakersOf(await there.run({ task: 'go' }))).toBe('user a b')
  })
})

describe('magenticOne', () => {
  const judged = (answer: { progress?: boolean; satisfied?: boolean } = {}) => {
    const { progress = true, satisfied = false } = answer
    return JSON.stringify({
      is_request_satisfied: { reason: 'the reason', answer: satisfied },
      is_in_loop: { reason: '', answer: false },
      is_progress_being_made: { reason: '', answer: progress },
      next_speaker: { reason: '', answer: 'a' },
      instruction_or_question: { reason: '', answer: 'go on' },
    })
  }
  /**
   * A model that answers each request for a judgement with the next one, and every other request
   * with its number.
   */
  function lead(judgement: (number: number) => string) {
    let judgements = 0
    let plans = 0
    const model = scriptedModel(({ messages }) => {
      const isJudgement = contentOf(messages.at(-1)).startsWith('Judge')
      return isJudgement ? judgement(++judgements) : `plan ${++plans}`
    }, answersInText)
    return { model, judgements: () => judgements }
  }

  test('makes a new plan after three turns without progress, and gives up after twenty', async () => {
    const { model } = lead((number) => judged({ progress: number % 4 === 1 && number < 9 }))
    const result = await team([speaker('a')], { flow: magenticOne({ model }) }).run({ task: 'go' })
    expect(result.stopReason).toMatchObject({ kind: 'budget', what: 'turns', limit: 20, used: 20 })
    const texts = model.calls.map(({ messages }) => contentOf(messages.at(-1)))
    const judgements = texts.flatMap((text, at) => (text.startsWith('Judge') ? [at] : []))
    expect(judgements.slice(0, 5)).toEqual([2, 3, 4, 5, 8])
    expect(judgements).toHaveLength(21)
  })

  test('asks five times for a judgement, and fails with what was wrong with the last', async () => {
    const model = scriptedModel(() => 'nonsense', answersInText)
    const { stopReason } = await team([speaker('a')], { flow: magenticOne({ model }) }).run({
      task: 'go',
    })
    expect(stopReason).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_MODEL_ANSWER' } })
    expect(stopReason.text).toMatch(/5 times.*no JSON/)
    expect(model.calls).toHaveLength(2 + 5)
  })

  test('asks nothing where its task ends the run, and has the task first in its result', async () => {
    const { model } = lead(() => judged({ satisfied: true }))
    const stopWhen = maxMessages(1)
    const cut = team([speaker('a')], { flow: magenticOne({ model }), stopWhen })
    expect((await cut.run({ task: 'go' })).stopReason.kind).toBe('condition')
    expect(model.calls).toEqual([])
    const whole = team([speaker('a')], { flow: magenticOne({ model }) })
    expect(said(await whole.run({ task: 'go' }))[0]).toBe('user: go')
  })

  test('goes on with its plan in another team, and begins a new one with a task', async () => {
    const { model } = lead((number) => judged({ satisfied: number === 3 || number === 4 }))
    const flow = magenticOne({ model })
    const make = () => team([speaker('a')], { name: 'led', flow, budget: { turns: 1 } })
    const [here, there] = [make(), make()]
    const first = await here.run({ task: 'go' })
    expect(first.stopReason.kind).toBe('budget')
    await there.loadState(written(await here.saveState()))
    await there.run()
    expect(model.calls).toHaveLength(4) // facts, plan, and a judgement in each run
    expect(contentOf(model.calls[3]?.messages[0])).toMatch(/go.*plan 1.*plan 2/s)
    const { stopReason, messages } = await there.run({ task: 'another' })
    expect(stopReason.kind).toBe('completed')
    expect(said({ messages } as TaskResult)[1]).toMatch(/another.*plan 3.*plan 4/s)
  })
})
