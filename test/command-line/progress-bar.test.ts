import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { drawsBars, progressBar } from '../../command-line/progress-bar.ts'

function terminal(columns: number) {
  return Object.assign(new PassThrough(), { isTTY: true, columns })
}

test('a bar changes no setting of the terminal, so none is left changed', () => {
  const stream = terminal(80)
  const bar = progressBar('{bar} {value}', stream)
  bar.start(10, 0)
  bar.update(5)
  bar.stop()
  const written = String(stream.read())
  expect(written).toContain('5')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
  expect(written).not.toMatch(/\u001b\[\?/)
})

test('a bar is no wider than the terminal', () => {
  const stream = terminal(20)
  const bar = progressBar('{bar} {value} of many packages', stream)
  bar.start(10, 0)
  bar.stop()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it takes them out
  const lines = String(stream.read()).split(/\u001b\[?\d*[A-Z]?|\n/)
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(20)
})

test('a dumb terminal draws no bars', () => {
  const { TERM } = process.env
  try {
    process.env.TERM = 'dumb'
    expect(drawsBars(terminal(80))).toBe(false)
    process.env.TERM = 'xterm'
    expect(drawsBars(terminal(80))).toBe(true)
    expect(drawsBars(new PassThrough())).toBe(false)
  } finally {
    process.env.TERM = TERM
  }
})
