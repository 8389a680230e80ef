/** A runtime does not start with wrong options, and leaves nothing behind. */
import { describe, expect, test } from 'vitest'
import { SingleThreadedRuntime, ThreadedRuntime } from '../../src/index.ts'
import { startSimulated, testAgent } from '../../src/testing/index.ts'
import { onBothRuntimes } from '../fixtures/both-runtimes.ts'
import { Act, Ask, puppet } from '../fixtures/puppet.agent.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

const WRONG_COUNTS: [name: string, count: unknown][] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ["'2'", '2'],
  ['true', true],
]

describe('a number of lanes', () => {
  test.each(WRONG_COUNTS)('can’t be %s', async (text, lanes) => {
    const start = () => ThreadedRuntime.start({ lanes: lanes as number })
    const error = await expectRefusal(
      start,
      'HEDDLE_INVALID_OPTION',
      "'lanes'",
      text,
      'positive whole',
    )
    expect(error.fields).toEqual({ option: 'lanes', value: text, rule: 'a positive whole number' })
  })
})

test('a number that would end the process, or take all its memory, is refused', async () => {
  for (const [option, value, rule] of [
    ['lanes', 1e9, 'at most 1,024'],
    ['lanes', 1_025, 'at most 1,024'],
    ['laneHeapMb', 1, 'at least 4'],
    ['laneHeapMb', 3, 'at least 4'],
  ] as const) {
    const start = () => ThreadedRuntime.start({ [option]: value })
    const error = await expectRefusal(start, 'HEDDLE_INVALID_OPTION')
    expect(error.fields).toEqual({ option, value: String(value), rule })
  }
  await expectRefusal(() => startSimulated({ lanes: 1e9 }), 'HEDDLE_INVALID_OPTION', 'at most')
})

const counts = ['requestDeadlineMs', 'maxLiveKeys', 'turnTimeoutMs', 'turnGraceMs', 'stallMs']
const inBounds = ['messages', 'bytes', 'keyMessages', 'keyBytes']
const inLimits = ['depth', 'total']
const inGroups = [
  ['restarts', 'max'],
  ['restarts', 'withinMs'],
  ['deadLetters', 'max'],
  ['idWindow', 'windowMs'],
  ['idWindow', 'max'],
] as const
const countOptions: [name: string, options: (count: unknown) => object][] = [
  ...counts.map((name): [string, (count: unknown) => object] => [
    name,
    (count) => ({ [name]: count }),
  ]),
  ...inBounds.map((name): [string, (count: unknown) => object] => [
    `bounds.${name}`,
    (count) => ({ bounds: { [name]: count } }),
  ]),
  ...inLimits.map((name): [string, (count: unknown) => object] => [
    `taskLimits.${name}`,
    (count) => ({ taskLimits: { [name]: count } }),
  ]),
  ...inGroups.map(([group, name]): [string, (count: unknown) => object] => [
    `${group}.${name}`,
    (count) => ({ [group]: { [name]: count } }),
  ]),
]

onBothRuntimes('an option', ({ start }) => {
  test.each(countOptions)('%s is a positive whole number', async (option, options) => {
    for (const [text, count] of WRONG_COUNTS) {
      const call = () => start(options(count))
      await expectRefusal(
        call,
        'HEDDLE_INVALID_OPTION',
        `'${option}'`,
        text,
        'positive whole number',
      )
    }
  })

  test.each<[string, object]>([
    ['bounds.policy', { bounds: { policy: 'drop' } }],
    ['agents', { agents: 'puppet' }],
    ['agents', { agents: puppet }],
    ['interventions', { interventions: {} }],
    ['interventions', { interventions: [null] }],
    ['interventions', { interventions: [() => {}] }],
    ['interventions', { interventions: [{ onPublish: 'drop' }] }],
    ['log', { log: 'stderr' }],
    ['report', { report: 'loud' }],
    ['report', { report: true }],
    ['clock', { clock: {} }],
    ['clock', { clock: Date }],
  ])('%s is refused by name: %o', async (option, options) => {
    await expectRefusal(() => start(options), 'HEDDLE_INVALID_OPTION', `option '${option}`)
  })

  test('that is a list of interventions has only functions of known names', async () => {
    class Audit {
      readonly seen: string[] = []
      onPublished(): void {}
      onReply = (reply: unknown) => reply
    }
    class Other {
      handle(): void {}
    }
    const typos: [unknown, ...string[]][] = [
      [
        { onPublished() {} },
        "'interventions[0].onPublished'",
        "mean 'interventions[0].onPublish'?",
      ],
      [new Audit(), "'interventions[0].onPublished'", 'no option of this name'],
      [new Other(), "'interventions[0]'", 'onPublish, onSend, onReply'],
      [new Map(), "'interventions[0]'", 'a record'],
    ]
    for (const [one, ...words] of typos) {
      const interventions = [one] as never
      await expectRefusal(() => start({ interventions }), 'HEDDLE_INVALID_OPTION', ...words)
    }
    const withHole = () => start({ interventions: new Array(1) })
    await expectRefusal(withHole, 'HEDDLE_INVALID_OPTION', "'interventions[0]'")
  })

  test('that is an intervention may be an instance of a class, and is called as one', async () => {
    class Counting {
      replies = 0
      once = () => {}
      publish(): void {}
      onReply(reply: unknown): unknown {
        this.replies++
        return reply
      }
    }
    const counting = new Counting()
    const runtime = await start({ agents: [puppet], interventions: [counting] })
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
    expect(counting.replies).toBe(1)
  })

  test.each(counts)('%s is not null', async (option) => {
    const call = () => start({ [option]: null })
    await expectRefusal(call, 'HEDDLE_INVALID_OPTION', `'${option}'`, 'null')
  })

  test('that is omitted, or undefined, has its default', async () => {
    const options = { bounds: {}, taskLimits: {}, interventions: [], agents: [puppet] }
    const runtime = await start({ ...options, requestDeadlineMs: undefined } as never)
    expect(await runtime.send(Ask([{ do: 'value', value: 1 }]), 'puppet/a')).toBe(1)
  })
})

const NO_RECORDS: [text: string, value: unknown][] = [
  ['null', null],
  ["'x'", 'x'],
  ['1', 1],
  ['an array', []],
  ['the function', () => {}],
  ['an object (Map)', new Map([['turnTimeoutMs', 5]])],
  ['an object (Promise)', Promise.resolve({})],
]
const START = { SingleThreadedRuntime, ThreadedRuntime, simulated: { start: startSimulated } }

describe.each(Object.entries(START))('the options of %s', (_, { start }) => {
  test.each(NO_RECORDS)('can’t be %s', async (text, options) => {
    await expectRefusal(() => start(options as never), 'HEDDLE_INVALID_OPTION', 'options', text)
  })

  test.each(['bounds', 'taskLimits', 'restarts', 'deadLetters', 'idWindow', 'limits'])(
    '%s is a record',
    async (option) => {
      for (const [text, value] of NO_RECORDS) {
        const call = () => start({ [option]: value } as never)
        await expectRefusal(call, 'HEDDLE_INVALID_OPTION', `'${option}'`, text, 'a record')
      }
    },
  )

  test.each<[options: object, ...words: string[]]>([
    [{ turnTimoutMs: 5 }, "'turnTimoutMs'", "did you mean 'turnTimeoutMs'?"],
    [{ bounds: { mesages: 5 } }, "'bounds.mesages'", "did you mean 'bounds.messages'?"],
    [{ deadLetters: { maximum: 5 } }, "'deadLetters.maximum'", 'no option of this name'],
  ])('are known by their names: %o', async (options, ...words) => {
    await expectRefusal(() => start(options as never), 'HEDDLE_INVALID_OPTION', ...words)
  })
})

test('a single-threaded runtime takes no number of lanes, and a simulation no clock', async () => {
  const single = () => SingleThreadedRuntime.start({ lanes: 2 } as never)
  await expectRefusal(single, 'HEDDLE_INVALID_OPTION', "'lanes'")
  const simulated = () => startSimulated({ clock: {} } as never)
  await expectRefusal(simulated, 'HEDDLE_INVALID_OPTION', "'clock'")
  const killed = () => startSimulated({ kills: { probabilty: 1, most: 1 } } as never)
  await expectRefusal(killed, 'HEDDLE_INVALID_OPTION', "'kills.probability'")
})

test('an agent under test and its calls take options of known names', async () => {
  const agent = await testAgent(puppet)
  const calls: [hint: string, call: (options: never) => unknown, typo: object][] = [
    ['answers', (options) => testAgent(puppet, options), { anwsers: () => [] }],
    ['signal', (options) => agent.deliver(Act([]), options), { singal: 5 }],
    ['sender', (options) => agent.ask(Ask([]), options), { sendr: 'a/b' }],
  ]
  for (const [hint, call, typo] of calls) {
    const mistyped = async () => call(typo as never)
    await expectRefusal(mistyped, 'HEDDLE_INVALID_OPTION', `did you mean '${hint}'?`)
    await expectRefusal(async () => call(null as never), 'HEDDLE_INVALID_OPTION', 'a record')
  }
})

onBothRuntimes('the options of a call', ({ share }) => {
  const shared = share({ agents: [puppet] })
  const calls: [name: string, typo: object, hint: string, call: (o: never) => unknown][] = [
    ['publish', { tlMs: 5 }, 'ttlMs', (o) => shared().publish(Act([]), 'act/a', o)],
    ['send', { deadlinMs: 5 }, 'deadlineMs', (o) => shared().send(Ask([]), 'puppet/a', o)],
    ['run', { singal: 5 }, 'signal', (o) => shared().run(Act([]), 'act/a', o)],
    ['stop', { deadlineMS: 5 }, 'deadlineMs', (o) => shared().stop(o)],
    ['discard', { recipent: 'a' }, 'recipient', async (o) => await shared().deadLetters.discard(o)],
  ]
  test.each(calls)('%s are a record of known names', async (name, typo, hint, call) => {
    for (const [text, options] of NO_RECORDS) {
      if (name === 'discard' && typeof options === 'function') continue
      await expectRefusal(async () => call(options as never), 'HEDDLE_INVALID_OPTION', text)
    }
    const mistyped = async () => call(typo as never)
    await expectRefusal(mistyped, 'HEDDLE_INVALID_OPTION', `${hint}'?`)
    expect(shared().stats()).toMatchObject({ accepted: 0 })
  })

  test('a value that has no string form is refused with a code, and may be the reason of an abort', async () => {
    const none = Object.create(null)
    const unsubscribe = async () => shared().unsubscribe(none)
    await expectRefusal(unsubscribe, 'HEDDLE_UNKNOWN_SUBSCRIPTION', 'no prototype')
    const rule = { agent: 'puppet', topic: none, key: none } as never
    const subscribe = async () => shared().subscribe(rule)
    await expectRefusal(subscribe, 'HEDDLE_INVALID_SUBSCRIPTION')
    await expectRefusal(
      () => shared().send(Ask([]), { type: none, key: none } as never),
      'HEDDLE_INVALID_ID',
    )
    const signal = AbortSignal.abort(none)
    const cancelled = () => shared().send(Ask([]), 'puppet/a', { signal })
    await expectRefusal(cancelled, 'HEDDLE_CANCELLED', 'was cancelled: {}')
  })
})
