import { closureAgent, SingleThreadedRuntime } from 'heddle'
import { expect, test } from 'vitest'
import { FilesMeasured, PackageFound, SourceChunk } from '../../examples/audit/agents/messages.ts'
import { settle } from '../../examples/audit/settle.ts'

test('if a chunk fails, only the file that fails by itself is left out', async () => {
  const parsed: string[] = []
  const measured: unknown[] = []
  const parser = closureAgent({
    type: 'parser',
    handlers: (on) => [
      on(SourceChunk, ({ files }) => {
        if (files.some(({ path }) => path === 'bad.js')) throw new Error('it takes the lane along')
        parsed.push(...files.map(({ path }) => path))
      }),
    ],
  })
  const scorer = closureAgent({
    type: 'scorer',
    handlers: (on) => [on(FilesMeasured, ({ outcomes }) => void measured.push(...outcomes))],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [parser, scorer] })
  try {
    const files = ['a.js', 'bad.js', 'c.js'].map((path) => ({ path, text: '', bytes: 7 }))
    await runtime.publish(SourceChunk({ files }), 'source-chunk/p')
    expect(await settle(runtime)).toEqual([])
    expect(parsed.sort()).toEqual(['a.js', 'c.js'])
    const reason = 'it takes the lane along'
    expect(measured).toEqual([{ kind: 'skipped', path: 'bad.js', bytes: 7, reason }])
    expect((await runtime.deadLetters.counts()).kept).toBe(0)
  } finally {
    await runtime.stop()
  }
})

test('a package that could not be listed is left out of the report by its name', async () => {
  const reader = closureAgent({
    type: 'reader',
    subscriptions: [{ topic: 'packages' }],
    handlers: (on) => [
      on(PackageFound, () => {
        throw new Error('no')
      }),
    ],
  })
  const runtime = await SingleThreadedRuntime.start({ agents: [reader] })
  try {
    const found = { name: '@scope/a', directory: '/a', inner: [] }
    await runtime.publish(PackageFound(found), { type: 'packages', source: found.name })
    expect(await settle(runtime)).toEqual([
      { path: '@scope/a', reason: "'package-found' failed: no" },
    ])
  } finally {
    await runtime.stop()
  }
})
