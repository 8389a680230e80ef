import { expect, test } from 'vitest'
import { buffered } from '../../../src/agentchat/agents/model-context.ts'
import type { FlowContext } from '../../../src/agentchat/flows/flow.ts'
import { type SelectorOptions, selector } from '../../../src/agentchat/flows/selector.ts'
import type { AgentEvent, ChatMessage } from '../../../src/agentchat/messages/chat-message.ts'
import type { Plain } from '../../../src/messages/plain.ts'
import type { ModelRequest } from '../../../src/models/model.ts'
import { type Script, scriptedModel } from '../../../src/testing/scripted-model.ts'

interface Setting extends Omit<Partial<SelectorOptions>, 'model'> {
  readonly names?: readonly string[]
  readonly structuredOutput?: boolean
  readonly contextTokens?: number
}

/** A conversation in which a scripted model chooses, and the test says who speaks. */
function conversation(
  script: Script,
  { names, structuredOutput = false, contextTokens, ...options }: Setting = {},
) {
  const model = scriptedModel(script, {
    capabilities: { structuredOutput },
    ...(contextTokens !== undefined && { contextTokens }),
  })
  const flow = selector({ model, ...options })
  const said: ChatMessage[] = []
  const events: AgentEvent[] = []
  const state: Record<string, Plain> = { ...flow.initial }
  const speakers = (names ?? ['writer', 'critic', 'editor']).map((name) => {
    return { name, description: `is  the\n${name}`, produces: [], kind: 'chat-agent' }
  })
  let call = 0
  const next = (why: FlowContext['why']) => {
    const context = {
      ...{ team: 'team', state, speakers, why, signal: new AbortController().signal },
      thread: { length: said.length, read: (from = 0) => said.slice(from) },
      emit: (event: AgentEvent) => void events.push(event),
      callModel: (_: unknown, request: Omit<ModelRequest, 'caller'>) =>
        model.create({ ...request, caller: { key: 'conv', call: call++ } }),
    }
    return flow.next(context as unknown as FlowContext)
  }
  const append = (source: string, content: string) => {
    const message: ChatMessage = { kind: 'text', id: '', source, content }
    said.push(message)
    return [message]
  }
  return {
    ...{ model, events },
    task: (content = 'a poem') => next({ kind: 'task', messages: append('user', content) }),
    spoke: (name: string) => next({ kind: 'spoke', messages: append(name, 'well') }),
    goesOn: () => next({ kind: 'goes-on' }),
  }
}

const turnOf = (name: string) => ({ kind: 'speak', names: [name] })
const INVALID = expect.objectContaining({ code: 'HEDDLE_INVALID_TEAM' })

test('the model is shown who takes part, the candidates and what was said, and its choice speaks', async () => {
  const { task, spoke, model, events } = conversation(['critic', 'editor'])
  expect(await task()).toEqual(turnOf('critic'))
  expect(await spoke('critic')).toEqual(turnOf('editor'))
  const prompt = model.calls[1]?.messages[0]?.role === 'user' && model.calls[1].messages[0].content
  expect(prompt).toContain('critic: is the critic\neditor: is the editor')
  expect(prompt).toContain('user: a poem\n\ncritic: well')
  expect(prompt).toContain('Choose one of these: writer, editor.')
  expect(model.calls[1]).not.toHaveProperty('output')
  expect(events).toEqual([])
})

test('the model is shown no more of the transcript than fits, or than a context lets through', async () => {
  for (const options of [{ contextTokens: 70 }, { context: buffered(3) }]) {
    const { task, spoke, model } = conversation(() => '?', { ...options, attempts: 1 })
    await task('the very beginning')
    for (let turn = 0; turn < 20; turn++) await spoke('critic')
    const history = (at: number) =>
      String(model.calls[at]?.messages.map((one) => 'content' in one && one.content))
    expect(history(20).length).toBeLessThan(history(0).length + 60)
    expect(history(20)).toContain('critic: well\n\ncritic: well')
    expect(history(20)).toContain('critic: is the critic')
  }
})

test('a model with structured output is asked for one of the candidates by a schema', async () => {
  const structured = { structuredOutput: true }
  const { task, spoke, model } = conversation(['{"speaker":"critic"}', 'the editor'], structured)
  expect(await task()).toEqual(turnOf('critic'))
  // an answer that is not JSON is read as text
  expect(await spoke('critic')).toEqual(turnOf('editor'))
  expect(model.calls[1]?.output).toMatchObject({
    properties: { speaker: { enum: ['writer', 'editor'] } },
    required: ['speaker'],
  })
})

test('a structured answer outside of the candidates is not taken', async () => {
  const answers = ['{"speaker":"writer"}', '{"speaker":"critic"}', '{"speaker":"editor"}']
  const { task, spoke } = conversation(answers, { structuredOutput: true })
  await task()
  expect(await spoke('writer')).toEqual(turnOf('critic'))
  expect(await spoke('critic')).toEqual(turnOf('editor'))
})

test('the last speaker is not a candidate, and naming it beside a candidate is not ambiguous', async () => {
  const { task, spoke, model } = conversation(['writer', 'After writer, critic.'])
  await task()
  expect(await spoke('writer')).toEqual(turnOf('critic'))
  expect(model.calls).toHaveLength(2)
})

test('an answer that names the excluded speaker is refused and asked for again, and each vain attempt is shown', async () => {
  const answers = ['writer', 'writer', '', 'critic or editor', 'critic']
  const { task, spoke, model, events } = conversation(answers, { attempts: 4 })
  await task()
  expect(await spoke('writer')).toEqual(turnOf('critic'))
  expect(events).toEqual([
    { kind: 'speakers', source: 'team', names: [] },
    { kind: 'speakers', source: 'team', names: [] },
    { kind: 'speakers', source: 'team', names: ['critic', 'editor'] },
  ])
  const [, ...retries] = model.calls.at(-1)?.messages ?? []
  expect(retries.map(({ role }) => role)).toEqual(Array(3).fill(['assistant', 'user']).flat())
  expect(retries[1]).toMatchObject({ content: expect.stringContaining('names none of them') })
  expect(retries[2]).toMatchObject({ content: '(nothing)' })
  expect(retries[5]).toMatchObject({ content: expect.stringContaining('several: critic, editor') })
})

test('after the last attempt the first candidate speaks, never an excluded speaker', async () => {
  const { task, spoke, model } = conversation(['writer', ...Array(3).fill('writer'), 'beyond'])
  await task()
  expect(await spoke('writer')).toEqual(turnOf('critic'))
  expect(model.calls).toHaveLength(4)
})

test('after the last attempt the last speaker goes on, where repeats are allowed', async () => {
  const { task, spoke } = conversation(['critic', 'hm'], { repeats: 'allowed', attempts: 1 })
  await task()
  expect(await spoke('critic')).toEqual(turnOf('critic'))
})

test('a speaker that was chosen and did not speak stays a candidate', async () => {
  const { task, goesOn } = conversation(['critic', 'critic', 'critic'])
  await task()
  expect(await goesOn()).toEqual(turnOf('critic'))
  expect(await task()).toEqual(turnOf('critic'))
})

test('a single candidate is chosen without the model', async () => {
  const { task, spoke, model } = conversation(['writer'], { names: ['writer', 'critic'] })
  await task()
  expect(await spoke('writer')).toEqual(turnOf('critic'))
  expect(model.calls).toHaveLength(1)
})

test('a function chooses by all that was said, repeats or not, and leaves the rest to the model', async () => {
  const { task, spoke, model } = conversation(['editor'], {
    choose: (messages) => (messages.length < 3 ? 'writer' : undefined),
  })
  expect(await task()).toEqual(turnOf('writer'))
  expect(await spoke('writer')).toEqual(turnOf('writer'))
  expect(await spoke('writer')).toEqual(turnOf('editor'))
  expect(model.calls).toHaveLength(1)
})

test('a function that names a stranger fails the run, naming it', async () => {
  await expect(conversation([], { choose: () => 'stranger' }).task()).rejects.toThrow(/'stranger'/)
  await expect(conversation([], { choose: () => '' }).task()).rejects.toThrow(INVALID)
})

test('candidates come from a function, and over the rule of repeats', async () => {
  const candidates = async () => ['critic', 'editor']
  const { task, spoke, model } = conversation(['critic', 'writer', 'critic'], { candidates })
  expect(await task()).toEqual(turnOf('critic'))
  expect(await spoke('critic')).toEqual(turnOf('critic'))
  expect(model.calls).toHaveLength(3)
})

test('an empty list of candidates, or strangers in it, fail the run', async () => {
  await expect(conversation([], { candidates: () => [] }).task()).rejects.toThrow(INVALID)
  const stranger = conversation([], { candidates: () => ['writer', 'stranger'] })
  await expect(stranger.task()).rejects.toThrow(/'stranger'/)
})

test('a model that fails fails the choice', async () => {
  await expect(conversation([{ fails: 'overloaded' }]).task()).rejects.toThrow('overloaded')
})

test('a prompt of one’s own has its places filled once, whatever was said', async () => {
  const { task, model } = conversation(['critic'], { prompt: '{names}|{history}|{roles}|{other}' })
  await task('{names} $& {roles}')
  expect(model.calls[0]?.messages).toMatchObject([
    {
      content: expect.stringMatching(
        /^writer, critic, editor\|user: \{names\} \$& \{roles\}\|writer: .*\{other\}$/s,
      ),
    },
  ])
})

test.for([
  ['It is senior_editor.', 'senior_editor'],
  ['It is **senior\\_editor**', 'senior_editor'],
  ['the senior editor, I think', 'senior_editor'],
  ['editor', 'editor'],
  ['"Editor"', 'editor'],
  ['EDITOR!', 'editor'],
  ['editor-2 it is', 'editor-2'],
  ['v1.editor.', 'v1.editor'],
  ['the editor in chief', 'editor_in_chief'],
  ['`editor`, yes, editor', 'editor'],
])('in “%s” one is named: %s', async ([answer, name]) => {
  const names = ['editor', 'senior_editor', 'editor-2', 'v1.editor', 'editor_in_chief']
  const { task, model } = conversation([answer as string], { names })
  expect(await task()).toEqual(turnOf(name as string))
  expect(model.calls).toHaveLength(1)
})

test.for(['editors', 'my-editor', 'editor.md', 'subeditor', '', '{"speaker":"nobody, editor"}'])(
  'in “%s” nobody is named',
  async (answer) => {
    const { task, events } = conversation([answer, 'writer'])
    expect(await task()).toEqual(turnOf('writer'))
    expect(events).toMatchObject([{ names: [] }])
  },
)

test('an excluded name that holds a candidate’s is not taken for it', async () => {
  const names = ['senior_editor', 'editor', 'writer']
  const { task, spoke } = conversation(['senior_editor', 'senior editor', 'writer'], { names })
  await task()
  expect(await spoke('senior_editor')).toEqual(turnOf('writer'))
})

test('a selector needs an attempt, and two participants to choose from', () => {
  const model = scriptedModel([])
  expect(() => selector({ model, attempts: 0 })).toThrow(INVALID)
  expect(() => selector({ model }).check?.([], { isBounded: true })).toThrow(INVALID)
})
