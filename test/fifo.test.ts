import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fifo } from '../src/fifo.ts'

type Model = { items: number[] }
type Command = fc.Command<Model, Fifo<number>>

/** One step on the queue and on an array that is its model. */
function step(name: string, run: (model: Model, fifo: Fifo<number>) => void): Command {
  const check = (model: Model, fifo: Fifo<number>) => {
    expect(fifo.size).toBe(model.items.length)
    expect([...fifo]).toEqual(model.items)
    expect(fifo.peek()).toBe(model.items[0])
  }
  return {
    check: () => true,
    run: (model, fifo) => {
      run(model, fifo)
      check(model, fifo)
    },
    toString: () => name,
  }
}

const push = (item: number) =>
  step(`push(${item})`, (model, fifo) => {
    model.items.push(item)
    fifo.push(item)
  })
const shift = () => step('shift()', (model, fifo) => expect(fifo.shift()).toBe(model.items.shift()))
const unshiftAll = (items: number[]) =>
  step(`unshiftAll(${items})`, (model, fifo) => {
    model.items.unshift(...items)
    fifo.unshiftAll(items)
  })
const remove = (divisor: number) =>
  step(`remove(${divisor})`, (model, fifo) => {
    const unwanted = (item: number) => item % divisor === 0
    expect(fifo.remove(unwanted)).toEqual(model.items.filter(unwanted))
    model.items = model.items.filter((item) => !unwanted(item))
  })

describe('a queue', () => {
  test('does what an array does, in any sequence of steps', () => {
    const item = fc.integer({ min: 0, max: 9 })
    const commands = fc.commands(
      [
        item.map(push),
        fc.constant(shift()),
        fc.array(item, { maxLength: 4 }).map(unshiftAll),
        fc.integer({ min: 1, max: 4 }).map(remove),
      ],
      { maxCommands: 60 },
    )
    fc.assert(
      fc.property(commands, (steps) => {
        fc.modelRun(() => ({ model: { items: [] }, real: new Fifo<number>() }), steps)
      }),
    )
  })

  test('keeps its order past the point where it drops what was taken', () => {
    const fifo = new Fifo<number>()
    const taken: number[] = []
    let next = 0
    for (let round = 0; round < 60; round++) {
      for (let more = 0; more < 100; more++) fifo.push(next++)
      for (let less = 0; less < 90; less++) taken.push(fifo.shift() as number)
    }
    while (fifo.size > 0) taken.push(fifo.shift() as number)
    expect(taken).toEqual(Array.from({ length: 6_000 }, (_, index) => index))
    expect(fifo.shift()).toBeUndefined()
  })
})
