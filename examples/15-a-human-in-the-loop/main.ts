/**
 * A run that needs a human ends and is saved. Another process continues it with the answer,
 * whenever that comes.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printRun } from 'heddle/agentchat'
import { trip } from './trip.team.ts'

const [file, input] = process.argv.slice(2)
if (file !== undefined && input !== undefined) await goOn(file, input)
else await begin()

async function begin(): Promise<void> {
  const stream = trip.runStream({ task: 'Get me to Vienna.' })
  const { stopReason } = await printRun(stream, { totals: 'hidden' })
  if (stopReason.kind !== 'input') throw new Error(stopReason.text)
  console.log(`\nended, input: ${stopReason.text}`)

  const folder = mkdtempSync(join(tmpdir(), 'heddle-trip-'))
  try {
    const saved = join(folder, 'trip.json')
    writeFileSync(saved, JSON.stringify(await trip.saveState()))
    console.log('saved; another process continues\n')
    const again = [...process.execArgv, import.meta.filename, saved, 'by train']
    execFileSync(process.execPath, again, { stdio: 'inherit' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function goOn(saved: string, answer: string): Promise<void> {
  await trip.loadState(JSON.parse(readFileSync(saved, 'utf8')))
  const { stopReason } = await printRun(trip.runStream({ input: answer }), { totals: 'hidden' })
  console.log(`\nended, ${stopReason.kind}: ${stopReason.text}`)
}
