import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  Condition,
  ConditionHit,
  ConditionInput,
} from '../../src/agentchat/conditions/condition.ts'
import * as conditions from '../../src/agentchat/conditions/conditions.ts'
import type { AgentEvent, ChatMessage } from '../../src/agentchat/messages/chat-message.ts'
import type { Plain } from '../../src/messages/plain.ts'

const { maxMessages, sourceMatch, textMention, timeout, tokenUsage, when } = conditions
type Item = ChatMessage | AgentEvent

function says(source: string, content: string, used?: readonly [number, number]): ChatMessage {
  const usage = used && { usage: { promptTokens: used[0], completionTokens: used[1] } }
  return { kind: 'text', id: 'm', source, content, ...usage }
}

const toolResults = (source: string, name: string, content = ''): AgentEvent => {
  const results = [{ callId: 'c', name, content, isError: false }]
  return { kind: 'tool-results', source, results }
}
const handoff = (source: string, target: string): ChatMessage => {
  return { kind: 'handoff', id: 'm', source, target, content: '', context: [] }
}
const thought = (source: string, content: string): AgentEvent => {
  return { kind: 'thought', source, content }
}
const stop = (source: string): ChatMessage => ({ kind: 'stop', id: 'm', source, content: 'enough' })

const nothing = { isTask: false, elapsedMs: 0, stopAsked: false }
const step = (...items: Item[]): ConditionInput => ({ ...nothing, items })
const task = (...items: Item[]): ConditionInput => ({ ...step(...items), isTask: true })
const at = (elapsedMs: number): ConditionInput => ({ ...step(), elapsedMs })

/** One run, whose state goes through JSON between any two looks. */
class Run {
  #state: string
  readonly #condition: Condition

  constructor(condition: Condition) {
    this.#condition = condition
    this.#state = JSON.stringify(condition.initial)
  }

  async look(seen: ConditionInput): Promise<readonly ConditionHit[]> {
    const { state, hits } = await this.#condition.look(JSON.parse(this.#state) as Plain, seen)
    this.#state = JSON.stringify(state)
    expect(JSON.parse(this.#state)).toEqual(state)
    return hits
  }
}

/** The number of the first look with hits, and the hits. */
async function run(condition: Condition, looks: readonly ConditionInput[]) {
  const one = new Run(condition)
  for (const [number, seen] of looks.entries()) {
    const hits = await one.look(seen)
    if (hits.length > 0) return { number, hits }
  }
  return { number: -1, hits: [] }
}

const full = (limit: number): ConditionHit => {
  const text = `${limit} messages were said, and ${limit} is the limit`
  return { kind: 'max-messages', limit, count: limit, text }
}

describe('each is met by the very message that meets it, and by none before', () => {
  const cases: Record<string, readonly [Condition, readonly ConditionInput[], ConditionHit]> = {
    'stopMessage by a stop message': [
      conditions.stopMessage(),
      [task(stop('user')), step(says('a', 'stop')), step(says('b', ''), stop('a'))],
      { kind: 'stop-message', source: 'a', text: 'a asked to stop' },
    ],
    'maxMessages by the last that it allows, the task counted and events not': [
      maxMessages(3),
      [task(says('user', '')), step(thought('a', ''), says('a', '')), step(says('b', ''))],
      full(3),
    ],
    'maxMessages by events, where they are counted': [
      maxMessages(4, { events: 'counted' }),
      [task(says('user', '')), step(thought('a', ''), says('a', '')), step(thought('b', ''))],
      full(4),
    ],
    'textMention by what an agent says, and not by the task': [
      textMention('DONE'),
      [task(says('user', 'say DONE')), step(says('a', 'done')), step(says('a', 'all is DONE.'))],
      { kind: 'text-mention', mention: 'DONE', source: 'a', text: "a mentioned 'DONE'" },
    ],
    'textMention by those whom it names alone': [
      textMention('DONE', { sources: ['b'] }),
      [task(says('user', 'DONE')), step(says('a', 'DONE')), step(says('b', 'DONE'))],
      { kind: 'text-mention', mention: 'DONE', source: 'b', text: "b mentioned 'DONE'" },
    ],
    'handoffTo by a handoff to its target': [
      conditions.handoffTo('user'),
      [task(handoff('x', 'user')), step(handoff('a', 'b')), step(handoff('b', 'user'))],
      { kind: 'handoff', target: 'user', source: 'b', text: 'b handed over to user' },
    ],
    'timeout by its time': [
      timeout(500),
      [at(0), { ...step(stop('a')), elapsedMs: 499 }, at(500)],
      { kind: 'timeout', limitMs: 500, elapsedMs: 500, text: '500 milliseconds have passed' },
    ],
    'externalStop by a stop from outside': [
      conditions.externalStop(),
      [task(stop('user')), step(stop('a')), { ...step(), stopAsked: true }],
      { kind: 'external', text: 'it was asked to stop' },
    ],
    'sourceMatch by a message of one of its sources, and not by events': [
      sourceMatch(['c', 'b']),
      [task(says('user', '')), step(thought('b', ''), says('a', '')), step(says('b', ''))],
      { kind: 'source-match', source: 'b', text: 'b answered' },
    ],
    'textMessage by a text message': [
      conditions.textMessage(),
      [task(says('user', '')), step(stop('a'), thought('a', '')), step(says('a', ''))],
      { kind: 'text-message', source: 'a', text: 'a sent a text message' },
    ],
    'textMessage by a text message of its source': [
      conditions.textMessage({ source: 'b' }),
      [task(says('user', '')), step(says('a', ''), thought('b', '')), step(says('b', ''))],
      { kind: 'text-message', source: 'b', text: 'b sent a text message' },
    ],
    'toolCalled by what the tool gave': [
      conditions.toolCalled('approve'),
      [
        task(says('user', 'approve')),
        step(toolResults('a', 'search', 'approve'), says('a', 'approve')),
        step(toolResults('a', 'search'), toolResults('a', 'approve')),
      ],
      { kind: 'tool-call', tool: 'approve', source: 'a', text: "a used the tool 'approve'" },
    ],
    'when by its predicate, with its figures': [
      when('three a', (items, state) => {
        const count = Number(state ?? 0) + items.filter(({ source }) => source === 'a').length
        return { isMet: count >= 3, state: count, figures: { count } }
      }),
      [task(says('a', '')), step(says('a', ''), says('b', '')), step(says('a', ''), says('a', ''))],
      { kind: 'custom', name: 'three a', figures: { count: 3 }, text: "'three a' is met" },
    ],
  }
  test.each(Object.entries(cases))('%s', async (_, [condition, looks, hit]) => {
    expect(await run(condition, looks)).toEqual({ number: 2, hits: [hit] })
  })

  test('tokenUsage by the sum of prompts and completions, or by each alone', async () => {
    const looks = [
      task(says('user', '', [1, 1])),
      step(says('a', '', [10, 2])),
      step(thought('a', ''), says('b', '')),
      step(says('b', '', [5, 20])),
    ]
    const numbers = async (limits: Parameters<typeof tokenUsage>[0]) => {
      return (await run(tokenUsage(limits), looks)).number
    }
    expect(await numbers({ total: 2 })).toBe(0)
    expect(await numbers({ total: 14 })).toBe(1)
    expect(await numbers({ total: 15 })).toBe(3)
    expect(await numbers({ prompt: 12 })).toBe(3)
    expect(await numbers({ completion: 4, prompt: 1000 })).toBe(3)
    expect(await numbers({ completion: 24 })).toBe(-1)
    const text = '11 tokens of prompts and 3 of completions reach the limit'
    const hit = { kind: 'token-usage', promptTokens: 11, completionTokens: 3, text }
    expect((await run(tokenUsage({ total: 14 }), looks)).hits).toEqual([hit])
  })
})

describe('the task', () => {
  test('meets a condition whose sources name who gave it', async () => {
    const looks = [task(says('user', 'DONE'))]
    for (const condition of [
      textMention('DONE', { sources: ['a', 'user'] }),
      sourceMatch(['user']),
      conditions.textMessage({ source: 'user' }),
    ]) {
      expect((await run(condition, looks)).number).toBe(0)
    }
  })

  test('counts for maxMessages', async () => {
    const looks = [task(says('user', ''), says('user', ''))]
    expect((await run(maxMessages(2), looks)).number).toBe(0)
    expect((await run(maxMessages(3), looks)).number).toBe(-1)
  })
})

describe('textMention finds its text', () => {
  const a = { id: 'm', source: 'a' }
  const calls = [{ id: 'c', name: 't', arguments: '{"x":"DONE"}' }]
  const { id: requestId, source } = a
  const said: Record<string, Item> = {
    'in a structured message': { kind: 'structured', ...a, format: 'f', content: { x: 'DONE' } },
    'beside a picture': { kind: 'multimodal', ...a, content: [{ kind: 'text', text: 'DONE' }] },
    'in a stop message': { kind: 'stop', ...a, content: 'DONE' },
    'in a thought': thought('a', 'I am DONE'),
    'in what a tool gave': toolResults('a', 'search', 'DONE'),
    'in a tool’s arguments': { kind: 'tool-calls', source, calls },
    'in code': { kind: 'code-generated', source, attempt: 1, code: 'print("DONE")' },
    'in its output': { kind: 'code-executed', source, attempt: 1, exitCode: 0, output: 'DONE' },
    'in a question': { kind: 'input-requested', source, requestId, prompt: 'DONE?' },
  }
  test.each(Object.entries(said))('%s', async (_, item) => {
    expect((await run(textMention('DONE'), [step(item)])).number).toBe(0)
  })

  test('but not in memories, nor in the names of speakers', async () => {
    const memory: AgentEvent = { kind: 'memory', source: 'a', items: ['say DONE at the end'] }
    const speakers: AgentEvent = { kind: 'speakers', source: 'team', names: ['DONE'] }
    expect((await run(textMention('DONE'), [step(memory, speakers)])).number).toBe(-1)
  })
})

const anyItem = fc
  .record({
    what: fc.constantFrom('text', 'stop', 'thought', 'tool', 'handoff'),
    source: fc.constantFrom('a', 'b', 'c'),
    prompt: fc.nat({ max: 9 }),
    completion: fc.nat({ max: 9 }),
  })
  .map(({ what, source, prompt, completion }): Item => {
    if (what === 'stop') return stop(source)
    if (what === 'thought') return thought(source, 'x')
    if (what === 'tool') return toolResults(source, 'tool')
    if (what === 'handoff') return handoff(source, 'user')
    return says(source, 'x', [prompt, completion])
  })
const anySteps = fc.array(fc.array(anyItem, { maxLength: 4 }), { maxLength: 12 })

/** The step of the first item with which the items so far suffice. */
function stepOf(steps: readonly (readonly Item[])[], suffice: (items: readonly Item[]) => boolean) {
  const all = steps.flat()
  const crossing = all.findIndex((_, last) => suffice(all.slice(0, last + 1)))
  const numbers = steps.flatMap((items, number) => items.map(() => number))
  return numbers[crossing] ?? -1
}

type Rule = (all: readonly Item[], n: number) => boolean
const isMessage = ({ kind }: Item) => kind !== 'thought' && kind !== 'tool-results'
const stops: Rule = (all) => all.some(({ kind }) => kind === 'stop')
const fromB: Rule = (all) => all.some((one) => one.source === 'b' && isMessage(one))
const tools: Rule = (all) => all.some(({ kind }) => kind === 'tool-results')
const handsOver: Rule = (all) => all.some(({ kind }) => kind === 'handoff')
const many: Rule = (all, n) => all.filter(isMessage).length >= n
const sum = (all: readonly Item[], of: 'promptTokens' | 'completionTokens') =>
  all.reduce((total, one) => total + (('usage' in one && one.usage?.[of]) || 0), 0)
const prompts: Rule = (all, n) => sum(all, 'promptTokens') >= n
const completions: Rule = (all, n) => sum(all, 'completionTokens') >= n
const tokens: Rule = (all, n) => sum(all, 'promptTokens') + sum(all, 'completionTokens') >= n

describe('however the same items are split, it is met in the step of the item that meets it', () => {
  const [s, b, t] = [conditions.stopMessage(), sourceMatch(['b']), conditions.toolCalled('tool')]
  const rules: Record<string, readonly [(n: number) => Condition, Rule]> = {
    maxMessages: [maxMessages, many],
    'with events': [(n) => maxMessages(n, { events: 'counted' }), (all, n) => all.length >= n],
    'tokenUsage of prompts': [(n) => tokenUsage({ prompt: n }), prompts],
    'of completions': [(n) => tokenUsage({ completion: n, total: 999 }), completions],
    'in total': [(n) => tokenUsage({ total: n, prompt: 999 }), tokens],
    stopMessage: [() => s, stops],
    sourceMatch: [() => b, fromB],
    toolCalled: [() => t, tools],
    handoffTo: [() => conditions.handoffTo('user'), handsOver],
    and: [(n) => maxMessages(n).and(t), (all, n) => many(all, n) && tools(all, n)],
    or: [(n) => maxMessages(n).or(t), (all, n) => many(all, n) || tools(all, n)],
    'and and or, nested': [
      (n) => s.and(b.or(maxMessages(n))).or(t.and(b)),
      (all, n) =>
        (stops(all, n) && (fromB(all, n) || many(all, n))) || (tools(all, n) && fromB(all, n)),
    ],
  }
  test.each(Object.entries(rules))('%s', async (_, [make, rule]) => {
    await fc.assert(
      fc.asyncProperty(anySteps, fc.integer({ min: 1, max: 25 }), async (steps, n) => {
        const looks = steps.map((items) => step(...items))
        expect((await run(make(n), looks)).number).toBe(stepOf(steps, (all) => rule(all, n)))
      }),
    )
  })
})

describe('joined', () => {
  test('and is met when its sides were, at different looks: with what met each', async () => {
    const both = textMention('yes').and(maxMessages(3))
    const looks = [task(says('user', '')), step(says('a', 'yes')), step(says('b', ''))]
    const { number, hits } = await run(both, looks)
    expect(number).toBe(2)
    expect(hits.map(({ kind }) => kind)).toEqual(['text-mention', 'max-messages'])
    expect(hits[0]).toMatchObject({ source: 'a' })
  })

  test('or gives all that are met by one look', async () => {
    const any = textMention('yes').or(maxMessages(2)).or(timeout(1000))
    const looks = [task(says('user', 'yes')), { ...step(says('a', 'yes')), elapsedMs: 999 }]
    const { hits } = await run(any, looks)
    expect(hits.map(({ kind }) => kind)).toEqual(['text-mention', 'max-messages'])
  })

  test('the alarms of all sides are kept', () => {
    expect(timeout(5).and(timeout(7).or(maxMessages(1))).alarms).toEqual([5, 7])
    expect(maxMessages(1).alarms).toEqual([])
  })
})

test('all items of a look are seen, whoever finished last', async () => {
  const looks = [step(says('a', 'DONE'), says('b', 'not yet'), says('c', 'nor I'))]
  expect((await run(textMention('DONE'), looks)).number).toBe(0)
})

test('one condition serves interleaved runs, and remembers nothing of either', async () => {
  const condition = maxMessages(4).or(
    textMention('x')
      .and(tokenUsage({ total: 10 }))
      .and(timeout(5).or(sourceMatch(['c']))),
  )
  await fc.assert(
    fc.asyncProperty(anySteps, anySteps, async (one, other) => {
      const looks = [one, other].map((steps) => steps.map((items) => step(...items)))
      const alone = await Promise.all(looks.map((of) => run(condition, of)))
      const runs = [new Run(condition), new Run(condition)]
      const first = [-1, -1]
      for (let number = 0; number < 12; number++) {
        for (const which of [0, 1]) {
          const seen = looks[which]?.[number]
          if (seen === undefined || first[which] !== -1) continue
          const hits = await (runs[which] as Run).look(seen)
          if (hits.length > 0) first[which] = number
        }
      }
      expect(first).toEqual(alone.map(({ number }) => number))
    }),
  )
})

test('sources are taken as they were when the condition was made', async () => {
  const sources = ['a']
  const condition = sourceMatch(sources)
  sources[0] = 'b'
  expect((await run(condition, [step(says('a', ''))])).number).toBe(0)
})

describe('when', () => {
  test('may be asynchronous, and say no more than yes', async () => {
    const condition = when('a spoke', async (items) => items.some(({ source }) => source === 'a'))
    const { number, hits } = await run(condition, [step(says('b', '')), step(says('a', ''))])
    expect(number).toBe(1)
    expect(hits).toEqual([
      { kind: 'custom', name: 'a spoke', figures: null, text: "'a spoke' is met" },
    ])
  })

  test('keeps its state where the predicate gives none', async () => {
    const states: Plain[] = []
    const condition = when('twice', (items, state) => {
      states.push(state)
      return items[0]?.source === 'a' ? { isMet: false, state: { a: 1 } } : false
    })
    const looks = ['a', 'b', 'c'].map((source) => step(says(source, '')))
    await run(condition, looks)
    expect(states).toEqual([null, { a: 1 }, { a: 1 }])
  })

  test('is not asked about the task, nor when nothing is new', async () => {
    const condition = when('always', () => true)
    expect((await run(condition, [task(says('user', '')), at(5)])).number).toBe(-1)
  })

  test.each([[undefined], [null], ['yes'], [{ met: true }]])(
    'refuses %j as a verdict',
    async (verdict) => {
      const condition = when('odd', () => verdict as never)
      const looked = run(condition, [step(says('a', ''))])
      await expect(looked).rejects.toMatchObject({ code: 'HEDDLE_INVALID_TEAM' })
    },
  )
})

describe('bad arguments are refused', () => {
  const makers: Record<string, readonly [(bad: never) => unknown, ...unknown[]]> = {
    'n of maxMessages': [maxMessages, 0, -1, 1.5, '3'],
    'events of maxMessages': [(events) => maxMessages(1, { events }), 'some', true],
    'text of textMention': [textMention, '', undefined],
    'sources of textMention': [(sources) => textMention('x', { sources }), [], 'a'],
    'limits of tokenUsage': [tokenUsage, {}, { total: -1 }, { total: 5, prompt: Number.NaN }],
    'target of handoffTo': [conditions.handoffTo, '', undefined],
    'ms of timeout': [timeout, 0, Number.POSITIVE_INFINITY, '5'],
    'sources of sourceMatch': [sourceMatch, [], [1], 'a'],
    'source of textMessage': [(source) => conditions.textMessage({ source }), '', 1],
    'name of toolCalled': [conditions.toolCalled, '', undefined],
    'name of when': [(name) => when(name, () => true), '', undefined],
    'predicate of when': [(predicate) => when('x', predicate), undefined, true],
  }
  test.each(Object.entries(makers))('%s', (_, [make, ...values]) => {
    for (const bad of values) {
      const refused = expect.objectContaining({ code: 'HEDDLE_INVALID_TEAM' })
      expect(() => make(bad as never), JSON.stringify(bad)).toThrow(refused)
    }
  })
})
