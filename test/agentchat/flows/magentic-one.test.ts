import { expect, test } from 'vitest'
import { defineChatAgent } from '../../../src/agentchat/agents/define-chat-agent.ts'
import type { FlowContext, Next } from '../../../src/agentchat/flows/flow.ts'
import { type MagenticOneOptions, magenticOne } from '../../../src/agentchat/flows/magentic-one.ts'
import {
  type ChatMessage,
  textOf,
  toModelMessage,
} from '../../../src/agentchat/messages/chat-message.ts'
import { defineTeam } from '../../../src/agentchat/teams/define-team.ts'
import type { Plain } from '../../../src/messages/plain.ts'
import type { ModelRequest } from '../../../src/models/model.ts'
import { type Script, scriptedModel } from '../../../src/testing/scripted-model.ts'
import { expectRefusal } from '../../fixtures/refusal.ts'

interface Judged {
  satisfied?: boolean
  loop?: boolean
  progress?: boolean
  next?: string
  say?: string
}

function judged({ satisfied = false, loop = false, progress = true, ...rest }: Judged = {}) {
  const { next = 'coder', say = 'go on' } = rest
  return {
    is_request_satisfied: { reason: 'the reason', answer: satisfied },
    is_in_loop: { reason: '', answer: loop },
    is_progress_being_made: { reason: '', answer: progress },
    next_speaker: { reason: '', answer: next },
    instruction_or_question: { reason: '', answer: say },
  }
}
const ledger = (what?: Judged) => JSON.stringify(judged(what))
const satisfied = ledger({ satisfied: true })
const stuck = ledger({ progress: false })

interface Setting extends Partial<Omit<MagenticOneOptions, 'model'>> {
  readonly structuredOutput?: boolean
}

/**
 * A conversation that a scripted model leads. The test says what the participants answer. The kept
 * state goes through JSON before each step.
 */
function conversation(script: Script, { structuredOutput = false, ...options }: Setting = {}) {
  const model = scriptedModel(script, { capabilities: { structuredOutput } })
  const said: ChatMessage[] = []
  let state: Record<string, Plain> = { ...magenticOne({ model, ...options }).initial }
  let call = 0
  let ids = 0
  const message = (source: string, content: string): ChatMessage => {
    return { kind: 'text', id: `#${++ids}`, source, content }
  }
  const speakers = ['searcher', 'coder'].map((name) => {
    return { name, description: `is  the\n${name}`, produces: [], kind: 'chat-agent' }
  })
  const next = async (why: FlowContext['why']) => {
    state = JSON.parse(JSON.stringify(state))
    const context = {
      ...{ team: 'team', state, speakers, why, signal: new AbortController().signal },
      thread: { length: said.length, read: (from = 0) => said.slice(from) },
      emit: () => {},
      callModel: (_: unknown, request: Omit<ModelRequest, 'caller'>) =>
        model.create({ ...request, caller: { key: 'conv', call: call++ } }),
      message: (content: string) => message('team', content),
    }
    // a new flow each time, since a flow itself keeps nothing
    const flow = magenticOne({ model, ...options })
    const decided = await flow.next(context as unknown as FlowContext)
    said.push(...(decided.says ?? []))
    return decided
  }
  const append = (source: string, content: string) => {
    said.push(message(source, content))
    return said.slice(-1)
  }
  return {
    ...{ model, append },
    task: (content = 'find X') => next({ kind: 'task', messages: append('user', content) }),
    spoke: (name: string, content = 'done') =>
      next({ kind: 'spoke', messages: append(name, content) }),
    goesOn: () => next({ kind: 'goes-on' }),
  }
}

const saysOf = ({ says = [] }: Next) => says.map(textOf)
const shown = (request: ModelRequest | undefined) =>
  (request?.messages ?? []).map((one) => ('content' in one ? String(one.content) : ''))
const promptOf = (request: ModelRequest | undefined) => shown(request).at(-1)

test('a task begins with facts and a plan; all forget what they heard, and get both with the first instruction', async () => {
  const { task, model } = conversation([
    'FACTS',
    'PLAN',
    ledger({ next: 'searcher', say: 'search' }),
  ])
  const decided = await task()
  expect(decided).toMatchObject({ kind: 'speak', names: ['searcher'], afresh: true })
  const [full, instruction] = saysOf(decided)
  for (const part of ['find X', 'FACTS', 'PLAN', '- searcher: is the searcher']) {
    expect(full).toContain(part)
  }
  expect(instruction).toBe('search')
  expect(decided.says?.map(({ source }) => source)).toEqual(['team', 'team'])
  expect(model.calls).toHaveLength(3)
  expect(shown(model.calls[0])).toEqual([expect.stringContaining('find X')])
  expect(shown(model.calls[1])).toEqual([
    expect.stringContaining('find X'),
    'FACTS',
    expect.stringContaining('- coder: is the coder'),
  ])
  expect(shown(model.calls[2])[0]).toBe(full)
  expect(promptOf(model.calls[2])).toContain('choose one of these: searcher, coder')
})

test('each step judges what was said, and instructs the next, until the task is done: then the model answers', async () => {
  const { task, spoke, model } = conversation([
    ...['FACTS', 'PLAN', ledger({ next: 'searcher' })],
    ...[ledger({ next: 'coder', say: 'compute' }), satisfied, 'X is 42'],
  ])
  await task()
  const second = await spoke('searcher', 'found it')
  expect(second).toEqual({ kind: 'speak', names: ['coder'], says: [expect.anything()] })
  expect(saysOf(second)).toEqual(['compute'])
  expect(shown(model.calls[3]).slice(1, -1)).toEqual(['go on', 'found it'])
  const last = await spoke('coder', '42')
  expect(last).toMatchObject({ kind: 'stop', reason: { kind: 'completed', text: 'the reason' } })
  expect(saysOf(last)).toEqual(['X is 42'])
  expect(shown(model.calls[4]).slice(1, -1)).toEqual(['go on', 'found it', 'compute', '42'])
  expect(model.calls[4]?.messages.map(({ role }) => role)).toEqual([
    ...['assistant', 'assistant', 'user', 'assistant', 'user', 'user'],
  ])
})

test('a task that is done at once is answered, and nobody has to be named for it', async () => {
  const bare = JSON.stringify({ is_request_satisfied: { reason: 'known', answer: true } })
  const { task } = conversation(['F', 'P', bare, 'the answer'])
  const decided = await task()
  expect(decided).toMatchObject({ kind: 'stop', reason: { kind: 'completed', text: 'known' } })
  expect(saysOf(decided)).toEqual([expect.stringContaining('find X'), 'the answer'])
})

test.for([
  ['no progress', { progress: false }],
  ['a loop', { loop: true }],
] as const)(
  'after maxStalls turns with %s it makes a new plan, and all forget what they heard',
  async ([, what]) => {
    const { task, spoke, model } = conversation(
      [
        ...['F', 'P', ledger(), ledger(what), ledger(what)],
        ...['NEW FACTS', 'NEW PLAN', ledger({ say: 'try this' }), ledger(what), ledger()],
      ],
      { maxStalls: 2 },
    )
    await task()
    expect(await spoke('coder')).toMatchObject({ kind: 'speak', says: [{ content: 'go on' }] })
    const anew = await spoke('coder', 'again nothing')
    expect(anew).toMatchObject({ kind: 'speak', afresh: true })
    expect(saysOf(anew)).toEqual([expect.stringMatching(/NEW FACTS.*NEW PLAN/s), 'try this'])
    expect(saysOf(anew)[0]).toContain('find X')
    expect(shown(model.calls[5])).toContain('again nothing')
    // the new ledger and the question, and nothing from before
    expect(shown(model.calls[7])).toHaveLength(2)
    expect(saysOf(await spoke('coder'))).toEqual(['go on']) // stalls count from 0 again
  },
)

test('progress takes a stall off', async () => {
  const answers = ['F', 'P', ledger(), stuck, ledger(), stuck, ledger(), stuck, ledger()]
  const { task, spoke, model } = conversation(answers, { maxStalls: 2 })
  await task()
  for (let turn = 0; turn < 6; turn++) {
    expect(await spoke('coder')).toMatchObject({ says: [{ content: 'go on' }] })
  }
  expect(model.calls).toHaveLength(answers.length)
})

test('a model with structured output is asked by a schema, whose next speaker is one of the names', async () => {
  const { task, model } = conversation(['F', 'P', ledger()], { structuredOutput: true })
  await task()
  expect(model.calls[1]).not.toHaveProperty('output')
  const { output } = model.calls[2] as unknown as {
    output: { properties: object; required: string[] }
  }
  expect(output.properties).toMatchObject({
    next_speaker: { properties: { answer: { type: 'string', enum: ['searcher', 'coder'] } } },
    is_in_loop: { properties: { answer: { type: 'boolean' } }, required: ['reason', 'answer'] },
  })
  expect(output.required).toEqual(Object.keys(judged()))
})

test.for([
  ['in a fenced block', `Here it is:\n\n\`\`\`json\n${ledger()}\n\`\`\`\nSo be it.`],
  ['amid text', `My judgement: ${ledger()} – that is all.`],
])('a judgement %s is read', async ([, answer]) => {
  const { task, model } = conversation(['F', 'P', answer as string])
  expect(await task()).toMatchObject({ names: ['coder'] })
  expect(model.calls).toHaveLength(3)
})

test('a judgement that is not JSON, lacks something or names a stranger is asked for again, with its fault', async () => {
  const { is_in_loop: _, ...lacking } = judged()
  const wrong = { ...judged(), is_progress_being_made: { reason: '', answer: 'yes' } }
  const { task, model } = conversation(
    [
      ...['F', 'P', '', '{"is_request', JSON.stringify(lacking), JSON.stringify(wrong)],
      ...[ledger({ next: 'stranger' }), ledger({ next: 'searcher' })],
    ],
    { ledgerAttempts: 6 },
  )
  expect(await task()).toMatchObject({ kind: 'speak', names: ['searcher'] })
  expect(model.calls.slice(3).map(promptOf)).toEqual([
    expect.stringContaining('it is no JSON object'),
    expect.stringContaining('it is no JSON object'),
    expect.stringContaining('is_in_loop is missing'),
    expect.stringContaining('is_progress_being_made.answer is no boolean'),
    expect.stringContaining(
      `next_speaker is 'stranger', and must be one of these: searcher, coder`,
    ),
  ])
  expect(shown(model.calls[3]).at(-2)).toBe('(nothing)')
})

test('after the last attempt the run fails, and one without a task asks again', async () => {
  const strangers = Array(2).fill(ledger({ next: 'stranger' }))
  const { task, goesOn } = conversation(['F', 'P', ...strangers, ledger()], { ledgerAttempts: 2 })
  await expectRefusal(task, 'HEDDLE_MODEL_ANSWER', `'team'`, '2 times', 'stranger')
  expect(await goesOn()).toMatchObject({ kind: 'speak', afresh: true, names: ['coder'] })
})

test('beyond maxTurns the model answers, and a run without a task has as many again', async () => {
  const { task, spoke, goesOn } = conversation(
    ['F', 'P', ledger(), ledger(), ledger(), 'so far', ledger(), ledger(), ledger(), 'still'],
    { maxTurns: 2 },
  )
  await task()
  expect(await spoke('coder')).toMatchObject({ kind: 'speak' })
  const cut = await spoke('coder')
  expect(cut).toMatchObject({
    kind: 'stop',
    reason: { kind: 'budget', what: 'turns', limit: 2, used: 2, text: expect.any(String) },
  })
  expect(saysOf(cut)).toEqual(['so far'])
  const on = await goesOn()
  expect(on).toMatchObject({ kind: 'speak' })
  expect(saysOf(on)).toEqual(['go on']) // the plan is still the same
  await spoke('coder')
  expect(await spoke('coder')).toMatchObject({ kind: 'stop', reason: { used: 2 } })
})

test('a task that is done in its last turn has not used up its turns', async () => {
  const { task, spoke } = conversation(['F', 'P', ledger(), satisfied, 'x'], { maxTurns: 1 })
  await task()
  expect(await spoke('coder')).toMatchObject({ reason: { kind: 'completed' } })
})

test('a model that never sees progress ends at maxTurns, though nobody speaks', async () => {
  const { task } = conversation(
    ({ messages }) =>
      String(promptOf({ messages } as ModelRequest)).startsWith('Judge') ? stuck : 'x',
    { maxTurns: 4, maxStalls: 1 },
  )
  expect(await task()).toMatchObject({ kind: 'stop', reason: { kind: 'budget', used: 4 } })
})

test('a run that failed in any phase goes on there', async () => {
  const whole = ['F', 'P', ledger(), stuck, 'NF', 'NP', ledger(), satisfied, 'the end']
  for (let at = 0; at < whole.length; at++) {
    // The final answer depends on the judgement, so the run that goes on asks for both.
    const again = at === 8 ? [satisfied] : []
    const answers = [...whole.slice(0, at), { fails: 'overloaded' }, ...again, ...whole.slice(at)]
    const { task, spoke, goesOn, model } = conversation(answers, { maxStalls: 1 })
    const orGoesOn = (step: Promise<Next>) => step.catch(goesOn)
    expect(await orGoesOn(task())).toMatchObject({ kind: 'speak', afresh: true })
    expect(await orGoesOn(spoke('coder'))).toMatchObject({ kind: 'speak', afresh: true })
    const last = await orGoesOn(spoke('coder'))
    expect(last).toMatchObject({ reason: { kind: 'completed' } })
    expect(saysOf(last)).toEqual(['the end'])
    expect(model.calls, `failed at ${at}`).toHaveLength(answers.length)
  }
})

test('another task begins with a new plan, also where its run was cut before the flow was asked', async () => {
  const { task, spoke, goesOn, append, model } = conversation([
    ...['F', 'P', ledger(), ledger()],
    ...['F2', 'P2', ledger(), 'F3', 'P3', ledger()],
  ])
  await task()
  await spoke('coder')
  const second = await task('find Y')
  expect(second).toMatchObject({ afresh: true })
  expect(saysOf(second)[0]).toMatch(/find Y.*F2.*P2/s)
  expect(promptOf(model.calls[4])).not.toContain('find X')
  append('user', 'find Z')
  expect(saysOf(await goesOn())[0]).toMatch(/find Z.*F3.*P3/s)
})

test('a run without a task, before there was one, is refused', async () => {
  await expectRefusal(() => conversation([]).goesOn(), 'HEDDLE_INVALID_TASK')
})

test('in a team: its members hear the plan and the instructions, and of an old plan nothing', async () => {
  const model = scriptedModel(
    ['F', 'P', ledger({ say: 'one' }), stuck, 'NF', 'NP', ledger({ say: 'two' }), satisfied, 'X'],
    { capabilities: { structuredOutput: false } },
  )
  const heard: string[][] = []
  const coder = defineChatAgent({
    name: 'coder',
    respond: async (messages, { history, nextId }) => {
      history.append(...messages.map(toModelMessage))
      heard.push(history.read().map((one) => ('content' in one ? String(one.content) : '')))
      const message = { kind: 'text' as const, id: nextId(), source: 'coder', content: 'done' }
      return { kind: 'message', message }
    },
  })
  const flow = magenticOne({ model, maxStalls: 1 })
  const team = defineTeam({ name: 'team', participants: [coder], flow })
  const { stopReason, messages } = await team.run({ task: 'find X' })
  expect(stopReason).toMatchObject({ kind: 'completed', text: 'the reason' })
  expect(heard).toEqual([
    [expect.stringMatching(/find X.*F.*P/s), 'one'],
    [expect.stringMatching(/find X.*NF.*NP/s), 'two'],
  ])
  expect(messages.map(({ source }) => source)).toEqual([
    ...['user', 'team', 'team', 'coder', 'team', 'team', 'coder', 'team'],
  ])
})

test('it leads only chat agents, at least one, within limits', async () => {
  const model = scriptedModel([])
  const speaker = { name: 'a', description: '', produces: [], kind: 'chat-agent' as const }
  const { check } = magenticOne({ model })
  const bounded = { isBounded: true }
  check?.([speaker], bounded)
  await expectRefusal(() => check?.([], bounded), 'HEDDLE_INVALID_TEAM', 'at least one')
  const team = { ...speaker, name: 'inner', kind: 'team' as const }
  await expectRefusal(() => check?.([speaker, team], bounded), 'HEDDLE_INVALID_TEAM', `'inner'`)
  for (const limit of ['maxTurns', 'maxStalls', 'ledgerAttempts']) {
    const refused = () => magenticOne({ model, [limit]: 0 })
    await expectRefusal(refused, 'HEDDLE_INVALID_TEAM', limit)
  }
})
