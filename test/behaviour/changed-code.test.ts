/**
 * A replaced lane runs the code that is on disk by then, while the other lanes run earlier code.
 * The difference is reported.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import {
  agentAt,
  agentId,
  defineMessage,
  defineRequest,
  type InspectRecord,
  ThreadedRuntime,
} from '../../src/index.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'

const heddle = new URL('../../src/index.ts', import.meta.url)
const Leave = defineMessage('leave')
const Version = defineRequest('version', { reply: z.number() })

/** The source of a module with an agent that replies with this version. */
function textOf(version: number): string {
  return `import { defineAgent, defineMessage, defineRequest } from '${heddle.href}'
    const any = { '~standard': { version: 1, vendor: 'any', validate: (value) => ({ value }) } }
    export const changing = defineAgent(import.meta.url, {
      type: 'changing',
      handlers: (on) => [
        on(defineMessage('leave'), () => process.exit(3)),
        on(defineRequest('version', { reply: any }), () => ${version}),
      ],
    })`
}

test('a module that has changed since its agent was registered is reported, until all lanes run one version again', async () => {
  const path = join(tempFolder('changed-code'), 'changing.mjs')
  const module = pathToFileURL(path)
  writeFileSync(path, textOf(1))
  const agents = [agentAt(module, { type: 'changing' })]
  const runtime = await ThreadedRuntime.start({ lanes: 1, agents })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const changes: InspectRecord[] = []
  let restarted = Promise.withResolvers<void>()
  runtime.inspect((record) => {
    if (record.kind === 'code-changed') changes.push(record)
    if (record.kind === 'lane-started') restarted.resolve()
  })
  const version = () => runtime.send(Version(), agentId('changing', 'a'))
  const replace = async () => {
    restarted = Promise.withResolvers()
    await runtime.publish(Leave(), 'leave/a') // it is poison: two generations end
    await runtime.idle()
    await restarted.promise
  }

  expect(await version()).toBe(1)
  expect(runtime.stats().changedCode).toEqual([])
  writeFileSync(path, textOf(2))
  await replace()
  expect(await version()).toBe(2)
  const change = { agent: 'changing', module: module.href }
  expect(changes[0]).toEqual({ kind: 'code-changed', ...change, lane: 0, generation: 1 })
  expect(runtime.stats().changedCode).toEqual([{ ...change, lanes: [0] }])
  writeFileSync(path, textOf(1))
  await replace()
  expect(await version()).toBe(1)
  expect(runtime.stats().changedCode).toEqual([])
})
