import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, type Encoded, encode } from '../../src/state/encoding.ts'
import { type KeyedState, keyed } from '../../src/state/keyed-state.ts'
import { LiveState, type StateChange } from '../../src/state/live-state.ts'
import { StateShape } from '../../src/state/state-shape.ts'
import { expectRefusal } from '../fixtures/refusal.ts'

interface View {
  count: number
  list: { n: number }[]
  nothing: unknown
  readonly notes: KeyedState<{ n: number }>
}

const fields = { count: 0, list: [{ n: 1 }], nothing: null, notes: keyed<{ n: number }>() }
const shape = new StateShape('counter', fields)
function live(stored?: [string, Encoded][]): LiveState {
  const state = new LiveState('counter', shape, stored)
  state.open({ type: 'counter', key: 'a' })
  return state
}
const viewOf = (state: LiveState) => state.view as View

function collect(state: LiveState): StateChange[] {
  const changes: StateChange[] = []
  state.collect(changes)
  return changes
}

const changed = (state: LiveState) =>
  collect(state).map(({ field, value, before }) => [field, before, value])

describe('the state of one agent id', () => {
  test('begins with its own copy of the initial values', () => {
    const [one, other] = [live(), live()]
    viewOf(one).list.push({ n: 2 })
    expect(viewOf(one).list).toHaveLength(2)
    expect(viewOf(other).list).toEqual([{ n: 1 }])
    expect(fields.list).toEqual([{ n: 1 }])
  })

  test('begins with the committed fields, and initial values for the others', () => {
    const state = live([
      ['count', '7'],
      ['notes\0a', '{"n":1}'],
      ['gone', '"a field that the definition no longer has"'],
      ['gone\0a', '1'],
    ])
    expect([viewOf(state).count, viewOf(state).list]).toEqual([7, [{ n: 1 }]])
    expect([...viewOf(state).notes.entries()]).toEqual([['a', { n: 1 }]])
    expect(state.isInitial).toBe(false)
    expect(changed(state)).toEqual([])
  })

  test('reports the fields that a turn has changed, with their previous texts', () => {
    const state = live()
    viewOf(state).count = 1
    viewOf(state).list[0] = { n: 2 }
    viewOf(state).notes.set('a', { n: 1 })
    expect(changed(state)).toEqual([
      ['count', '0', '1'],
      ['list', '[{"n":1}]', '[{"n":2}]'],
      ['notes\0a', null, '{"n":1}'],
    ])
    expect(changed(state)).toEqual([])
  })

  test('reports nothing for a turn that read everything and changed nothing, or wrote the same values', () => {
    const state = live()
    expect(JSON.stringify(viewOf(state).list)).toBe('[{"n":1}]')
    viewOf(state).count = 0
    viewOf(state).list = [{ n: 1 }]
    expect(changed(state)).toEqual([])
  })

  test('does not share a value that a handler put in with others that hold it', () => {
    const state = live()
    const payload = Object.freeze([Object.freeze({ n: 5 })]) as { n: number }[]
    viewOf(state).list = payload
    collect(state)
    viewOf(state).list.push({ n: 6 })
    expect(payload).toHaveLength(1)
    expect(changed(state)).toEqual([['list', '[{"n":5}]', '[{"n":5},{"n":6}]']])
  })

  test('lets go of the values that a turn has read: late changes to them are seen nowhere', () => {
    const state = live()
    const [list, note] = [viewOf(state).list, { n: 1 }]
    viewOf(state).notes.set('a', note)
    const entry = viewOf(state).notes.get('a') as { n: number }
    collect(state)
    list.push({ n: 9 })
    note.n = entry.n = 9
    expect(viewOf(state).list).toEqual([{ n: 1 }])
    expect(viewOf(state).notes.get('a')).toEqual({ n: 1 })
    expect(changed(state)).toEqual([])
  })

  test('is deleted where it equals its initial value', () => {
    const state = live([
      ['count', '3'],
      ['notes\0a', '{"n":1}'],
    ])
    expect(state.isInitial).toBe(false)
    viewOf(state).count = 0
    viewOf(state).notes.delete('a')
    expect(changed(state)).toEqual([
      ['count', '3', null],
      ['notes\0a', '{"n":1}', null],
    ])
    expect(state.isInitial).toBe(true)
  })

  test('of another kind than its initial value is marked when the agent has set it', () => {
    const state = live()
    viewOf(state).list = { n: 1 } as never
    const [[, , encoded] = []] = changed(state)
    expect(encoded).toBe(' {"n":1}')
    expect(viewOf(live([['list', encoded as string]])).list).toEqual({ n: 1 })
    expect(viewOf(live([['nothing', '"any kind"']])).nothing).toBe('any kind')
  })

  test.each<[string, [string, Encoded], (view: View) => unknown]>([
    ['read', ['list', '7'], (view) => view.list],
    ['written', ['list', '7'], (view) => Object.assign(view, { list: [] })],
    ['a record for a list', ['list', '{"0":1}'], (view) => view.list],
    ['a date for a number', ['count', encode(new Date(0))], (view) => view.count],
    ['an entry of a plain field', ['list\0a', '1'], (view) => view.list],
    [
      'an entry of a plain field, written',
      ['list\0a', '1'],
      (view) => Object.assign(view, { list: [] }),
    ],
    ['a keyed field that was plain', ['notes', '[1]'], (view) => view.notes],
  ])('of another definition is refused when it is accessed: %s', async (_, stored, touch) => {
    const state = live([stored])
    expect(viewOf(state).nothing).toBe(null)
    const field = stored[0].split('\0')[0] as string
    const parts = ["'counter'", `'${field}'`]
    await expectRefusal(() => touch(viewOf(state)), 'HEDDLE_STATE_CHANGED', ...parts)
    await expectRefusal(() => touch(viewOf(state)), 'HEDDLE_STATE_CHANGED', ...parts)
    expect(changed(state)).toEqual([])
    expect(state.isInitial).toBe(false)
  })

  test('is printed with its fields, and as closed when it is', () => {
    const state = live()
    const view = viewOf(state)
    view.notes.set('a', { n: 1 })
    expect(inspect(view)).toContain('list: [ { n: 1 } ], nothing: null, notes: { a: { n: 1 } }')
    expect(structuredClone({ ...view, notes: undefined })).toMatchObject({
      count: 0,
      nothing: null,
    })
    state.close()
    expect(inspect(view)).toContain('has ended')
  })

  test('forgets a failed turn, and goes on from the committed state', () => {
    const state = live([['count', '3']])
    viewOf(state).count++
    viewOf(state).list.push({ n: 2 })
    viewOf(state).notes.set('a', { n: 1 })
    state.discard()
    expect([viewOf(state).count, viewOf(state).list, viewOf(state).notes.size]).toEqual([
      3,
      [{ n: 1 }],
      0,
    ])
    expect(changed(state)).toEqual([])
  })

  test('undoes collected changes, last first', () => {
    const state = live()
    const changes: StateChange[] = []
    for (const count of [1, 2, 3]) {
      viewOf(state).count = count
      viewOf(state).notes.set('a', { n: count })
      state.collect(changes)
    }
    for (const change of changes.reverse()) state.revert(change)
    expect([viewOf(state).count, viewOf(state).notes.size]).toEqual([0, 0])
  })

  test('refuses a field that was not declared, and an assignment to a keyed field', () => {
    const view = viewOf(live()) as unknown as Record<string, unknown>
    expect(() => {
      view.cuont = 1
    }).toThrow(TypeError)
    expect(() => {
      view.notes = {}
    }).toThrow(TypeError)
    expect(Object.keys(view)).toEqual(['count', 'list', 'nothing', 'notes'])
  })
})

describe('a value that can’t be kept', () => {
  test('is refused with its field, in the initial values', async () => {
    const make = () => new StateShape('counter', { ok: 1, client: { run: () => {} } })
    const parts = ["field 'client'", "'counter'", 'keep data in state']
    await expectRefusal(make, 'HEDDLE_STATE_NOT_PLAIN', ...parts)
  })

  test('is refused with its field and entry at the end of a turn; the turn can be undone', async () => {
    const state = live()
    const run = (change: (view: View) => void) => {
      const changes: StateChange[] = []
      change(viewOf(state))
      try {
        state.collect(changes)
      } finally {
        state.discard()
        for (const change of changes.reverse()) state.revert(change)
      }
    }
    const whole = () =>
      run((view) => {
        view.count = 9
        view.notes.set('b', { n: 9 })
        view.nothing = () => {}
      })
    await expectRefusal(whole, 'HEDDLE_STATE_NOT_PLAIN', "field 'nothing'")
    const entry = () =>
      run((view) => {
        view.count = 9
        view.notes.set('a', { n: 1 })
        view.notes.set('b', (() => {}) as never)
      })
    await expectRefusal(entry, 'HEDDLE_STATE_NOT_PLAIN', "field 'notes.b'")
    expect([viewOf(state).count, viewOf(state).nothing, viewOf(state).notes.size]).toEqual([
      0,
      null,
      0,
    ])
  })

  test('includes, among frozen entries, a value that can’t be frozen', async () => {
    const days = { notes: keyed<unknown>(), days: keyed<unknown>({ entries: 'frozen' }) }
    const state = new LiveState('counter', new StateShape('counter', days))
    const view = state.open({ type: 'counter', key: 'a' }) as {
      readonly [F in keyof typeof days]: KeyedState<unknown>
    }
    view.notes.set('today', new Date(0))
    expect(collect(state)).toHaveLength(1)
    view.days.set('today', new Date(0))
    await expectRefusal(() => state.collect([]), 'HEDDLE_STATE_NOT_PLAIN', "field 'days.today'")
  })
})

const edit = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((n) => (view: View) => {
    view.count = n
  }),
  fc.integer({ min: 0, max: 3 }).map((n) => (view: View) => {
    view.list.push({ n })
  }),
  fc.constant((view: View) => {
    view.list = view.list.slice(1)
  }),
  fc.constant((view: View) => {
    for (const item of view.list) item.n++
  }),
  fc.constantFrom(undefined, Number.NaN, new Date(0), [1], 'x').map((value) => (view: View) => {
    view.nothing = structuredClone(value)
  }),
  fc.constantFrom('a', 'b').map((key) => (view: View) => {
    view.notes.set(key, { n: view.notes.size })
  }),
  fc.constantFrom('a', 'b').map((key) => (view: View) => {
    view.notes.delete(key)
  }),
)

test('any sequence of turns, some of which fail, equals a plain object, which the sent changes restore', () => {
  const turn = fc.record({ edits: fc.array(edit, { maxLength: 5 }), fails: fc.boolean() })
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 10 }), (turns) => {
      const initial = { count: 0, list: [{ n: 1 }], nothing: null as unknown, notes: new Map() }
      let model = structuredClone(initial)
      const state = live()
      const router = new Map<string, Encoded>()
      for (const { edits, fails } of turns) {
        const next = structuredClone(model)
        for (const one of edits) {
          one(next as never)
          one(viewOf(state))
        }
        if (fails) state.discard()
        else {
          model = next
          for (const { field, value } of collect(state)) {
            if (value === null) router.delete(field)
            else router.set(field, value)
          }
        }
        expect(plain(viewOf(state))).toStrictEqual(model)
        collect(state)
      }
      expect(plain(viewOf(live([...router])))).toStrictEqual(model)
      expect([...router.values()].every((text) => decode(text) !== null || text === 'null')).toBe(
        true,
      )
    }),
  )
})

function plain({ count, list, nothing, notes }: View) {
  return structuredClone({ count, list, nothing, notes: new Map(notes.entries()) })
}
