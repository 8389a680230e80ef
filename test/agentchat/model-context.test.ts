import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  buffered,
  headAndTail,
  type ModelContext,
  tokenLimited,
  unbounded,
} from '../../src/agentchat/agents/model-context.ts'
import type { ModelMessage, ToolSpec } from '../../src/models/model.ts'

type Model = Parameters<ModelContext['view']>[1]

const says = (content: string): ModelMessage => ({ role: 'user', content, source: 'user' })
const call = (...ids: string[]): ModelMessage => ({
  ...{ role: 'assistant', content: '', source: 'a' },
  toolCalls: ids.map((id) => ({ id, name: 't', arguments: '{}' })),
})
const result = (...ids: string[]): ModelMessage => ({
  role: 'tool',
  results: ids.map((callId) => ({ callId, name: 't', content: '', isError: false })),
})

/** Ten tokens for each message and each tool. */
function modelOf(contextTokens?: number) {
  const counted: number[] = []
  const model: Model = {
    ...(contextTokens !== undefined && { contextTokens }),
    countTokens: (messages, tools = []) => {
      counted.push(messages.length)
      return 10 * (messages.length + tools.length)
    },
  }
  return { model, counted }
}

function view(context: ModelContext, history: readonly ModelMessage[], contextTokens?: number) {
  return context.view(history, modelOf(contextTokens).model, [])
}

/**
 * Each message as a letter for text, call or result, with the number of messages that were left
 * out.
 */
function drawn(messages: readonly ModelMessage[]): string {
  const letters = messages.map((one) => {
    if (one.role === 'tool') return 'r'
    if (one.role === 'assistant' && one.toolCalls !== undefined) return 'c'
    return one.role === 'user' && one.source === 'system' ? `[${one.content}]` : one.content
  })
  return letters.join(' ')
}

const short = [says('1'), call('x'), result('x'), says('4'), call('y'), result('y'), says('7')]

describe('buffered', () => {
  test('shows the given number of last messages', () => {
    expect(drawn(view(buffered(1), short))).toBe('7')
    expect(drawn(view(buffered(3), short))).toBe('c r 7')
    expect(drawn(view(buffered(7), short))).toBe('1 c r 4 c r 7')
  })

  test('leaves out a result whose call is cut off', () => {
    expect(drawn(view(buffered(2), short))).toBe('7')
    expect(drawn(view(buffered(5), short))).toBe('4 c r 7')
    expect(drawn(view(buffered(1), short.slice(0, 6)))).toBe('')
  })
})

describe('headAndTail', () => {
  test('shows the first and the last, and says how many were between', () => {
    expect(drawn(view(headAndTail(1, 1), short))).toBe('1 [(Left out here: 5 of 7 messages.)] 7')
    expect(drawn(view(headAndTail(3, 3), short))).toBe(
      '1 c r [(Left out here: 1 of 7 messages.)] c r 7',
    )
  })

  test('leaves out a call whose result is cut off, and a result whose call is', () => {
    expect(drawn(view(headAndTail(2, 2), short))).toBe('1 [(Left out here: 5 of 7 messages.)] 7')
  })

  test('shows all where nothing is between, and says nothing then', () => {
    expect(drawn(view(headAndTail(3, 4), short))).toBe('1 c r 4 c r 7')
    expect(drawn(view(headAndTail(9, 9), short))).toBe('1 c r 4 c r 7')
  })
})

describe('tokenLimited', () => {
  test('leaves out the middle, and the newest last of all', () => {
    const texts = ['1', '2', '3', '4', '5'].map(says)
    expect(drawn(view(tokenLimited(50), texts))).toBe('1 2 3 4 5')
    expect(drawn(view(tokenLimited(49), texts))).toBe('1 2 4 5')
    expect(drawn(view(tokenLimited(30), texts))).toBe('1 4 5')
    expect(drawn(view(tokenLimited(20), texts))).toBe('1 5')
    expect(drawn(view(tokenLimited(10), texts))).toBe('5')
    expect(drawn(view(tokenLimited(9), texts))).toBe('')
  })

  test('keeps calls and their results together', () => {
    expect(drawn(view(tokenLimited(50), short))).toBe('1 c r 7')
  })

  test('takes the model’s own limit where none is given', () => {
    expect(drawn(view(tokenLimited(), short, 10))).toBe('7')
    expect(drawn(view(tokenLimited(20), short, 10))).toBe('1 7')
    expect(view(tokenLimited(), short)).toEqual(short)
  })

  test('counts the tools', () => {
    const tool: ToolSpec = { name: 't', description: '', parameters: {} }
    const { model } = modelOf()
    expect(drawn(tokenLimited(30).view(short, model, [tool, tool]))).toBe('7')
  })

  test('counts a long history a few times, and not once for each message that goes', () => {
    const { model, counted } = modelOf(100)
    const history = Array.from({ length: 5000 }, (_, at) => says(String(at)))
    expect(tokenLimited().view(history, model, [])).toHaveLength(10)
    expect(counted.length).toBeLessThan(16)
  })
})

/**
 * Texts, and calls with their results in one message or in several. Ids are used more than once.
 */
const anyHistory = fc
  .array(
    fc.oneof(
      fc.constant('text' as const),
      fc.record({ calls: fc.integer({ min: 1, max: 3 }), split: fc.boolean() }),
    ),
    { maxLength: 15 },
  )
  .map((turns) =>
    turns.flatMap((turn, at) => {
      if (turn === 'text') return [says(String(at))]
      const ids = Array.from({ length: turn.calls }, (_, which) => `call-${which}`)
      const answers = turn.split ? ids.map((id) => result(id)) : [result(...ids)]
      return [call(...ids), ...answers]
    }),
  )
const anySize = fc.integer({ min: 1, max: 25 })
const anyContext = fc.oneof(
  fc.constant({ context: unbounded(), most: Number.POSITIVE_INFINITY }),
  anySize.map((size) => ({ context: buffered(size), most: size })),
  fc.tuple(anySize, anySize).map(([head, tail]) => {
    return { context: headAndTail(head, tail), most: head + tail }
  }),
  anySize.map((size) => ({ context: tokenLimited(10 * size), most: size })),
)
const isNote = (one: ModelMessage) => one.role === 'user' && one.source === 'system'

/** Calls without a result after them, and results without a call before them. */
function loose(messages: readonly ModelMessage[]): string[] {
  const found: string[] = []
  let open: string[] = []
  for (const message of messages) {
    if (message.role === 'tool') {
      for (const { callId } of message.results) {
        if (!open.includes(callId)) found.push(`result ${callId}`)
        open = open.filter((id) => id !== callId)
      }
      continue
    }
    found.push(...open.map((id) => `call ${id}`))
    open = message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : []
  }
  return [...found, ...open.map((id) => `call ${id}`)]
}

describe('every view of every history', () => {
  test('has no call without its result and no result without its call', () => {
    fc.assert(
      fc.property(anyHistory, anyContext, (history, { context }) => {
        expect(loose(history)).toEqual([])
        expect(loose(view(context, history))).toEqual([])
      }),
    )
  })

  test('has none even where the history has them', () => {
    const piece = fc.oneof(
      fc.constant(says('x')),
      fc.subarray(['a', 'b']).map((ids) => (ids.length > 0 ? call(...ids) : says('y'))),
      fc.subarray(['a', 'b']).map((ids) => result(...ids)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), anyContext, (history, { context }) => {
        expect(loose(view(context, history))).toEqual([])
      }),
    )
  })

  test('is a part of it, in its order, within its size, and leaves it as it was', () => {
    fc.assert(
      fc.property(anyHistory, anyContext, (history, { context, most }) => {
        const before = structuredClone(history)
        const shown = view(context, history).filter((one) => !isNote(one))
        expect(shown.length).toBeLessThanOrEqual(most)
        const places = shown.map((one) => history.indexOf(one))
        expect(places).toEqual([...new Set(places)].sort((one, other) => one - other))
        expect(places).not.toContain(-1)
        expect(history).toEqual(before)
      }),
    )
  })

  test('is all of it where that is within its size', () => {
    fc.assert(
      fc.property(anyHistory, anyContext, (history, { context, most }) => {
        fc.pre(history.length <= most)
        expect(view(context, history)).toEqual(history)
      }),
    )
  })

  test('leaves out no more than it must: with one message more it would be too long', () => {
    fc.assert(
      fc.property(anyHistory, anySize, (history, size) => {
        const shown = view(buffered(size), history).length
        const cut = history.length - shown
        fc.pre(cut > 0)
        const next = history.findLastIndex((one, at) => at < cut && one.role !== 'tool')
        expect(history.length - next).toBeGreaterThan(size)
      }),
    )
  })

  test('says rightly how many it left out', () => {
    fc.assert(
      fc.property(anyHistory, anySize, anySize, (history, head, tail) => {
        const shown = view(headAndTail(head, tail), history)
        const notes = shown.filter(isNote)
        expect(notes).toHaveLength(history.length > head + tail ? 1 : 0)
        const skipped = history.length - (shown.length - notes.length)
        for (const note of notes) {
          expect(note).toMatchObject({ content: expect.stringContaining(`: ${skipped} of`) })
        }
      }),
    )
  })
})

test('calls of the same id in one message are kept apart', () => {
  const twice = [call('', ''), result('', '')]
  expect(view(unbounded(), twice)).toEqual(twice)
  expect(view(unbounded(), [call('', ''), result('')])).toEqual([])
})

describe('sizes that are not positive whole numbers are refused', () => {
  const bad = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never]
  const made = {
    buffered,
    'the head of headAndTail': (size: number) => headAndTail(size, 1),
    'the tail of headAndTail': (size: number) => headAndTail(1, size),
    tokenLimited,
  }
  test.each(Object.entries(made))('%s', (_, make) => {
    for (const size of bad) {
      expect(() => make(size), String(size)).toThrow(
        expect.objectContaining({ code: 'HEDDLE_INVALID_CHAT_AGENT' }),
      )
    }
  })
})
