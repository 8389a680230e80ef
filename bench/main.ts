/** Measures heddle against its rivals: `npm run --silent bench -- [--only QUESTION …] [--quick] [--json FILE]`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { answerInChild } from './child.ts'
import { type Command, parseCommand } from './command-line.ts'
import type { Answer, Report } from './question.ts'
import { QUESTIONS } from './questions.ts'
import { renderTable } from './table.ts'

const command = commandOrExit()
const answers: Record<string, Answer> = {}
for (const { name, asks } of QUESTIONS.filter(({ name }) => command.questions.includes(name))) {
  const began = performance.now()
  console.error(`${name}: ${asks}`)
  try {
    answers[name] = await answerInChild(name, command.size)
    console.error(`${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`)
  } catch (error) {
    console.error(`${name}: no answer. ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}

if (command.json !== undefined) {
  const report: Report = {
    node: process.version,
    cores: availableParallelism(),
    questions: answers,
  }
  mkdirSync(dirname(command.json), { recursive: true })
  writeFileSync(command.json, `${JSON.stringify(report, null, 2)}\n`)
}
console.log(renderTable(answers, QUESTIONS))

function commandOrExit(): Command {
  try {
    return parseCommand(
      process.argv.slice(2),
      QUESTIONS.map(({ name }) => name),
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}
