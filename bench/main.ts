/**
 * Measures heddle against its rivals:
 * `npm run --silent bench -- [--only QUESTION …] [--quick] [--json FILE]`.
 */
import { availableParallelism } from 'node:os'
import { outputFile } from '../command-line/output-file.ts'
import { installPackages } from '../command-line/package-folder.ts'
import { complain, print, runProgram } from '../command-line/program.ts'
import { answerInChild } from './child.ts'
import { askedBy, benchSpec } from './command-line.ts'
import type { Answer, Report } from './question.ts'
import { QUESTIONS } from './questions.ts'
import { renderTable } from './table.ts'

const known = QUESTIONS.map(({ name }) => name)

await runProgram(benchSpec(known), async (command, signal) => {
  const { questions, size, json } = askedBy(command, known)
  const file = json && (await outputFile('--json', json, { makeFolder: true }))
  const answers: Record<string, Answer> = {}
  let failed = false
  for (const { name, asks, packages = [] } of QUESTIONS.filter(({ name }) =>
    questions.includes(name),
  )) {
    const began = performance.now()
    complain(`${name}: ${asks}`)
    try {
      for (const folder of packages) await installPackages(folder, signal)
      answers[name] = await answerInChild(name, size, signal)
      complain(`${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`)
    } catch (error) {
      signal.throwIfAborted()
      complain(`${name}: no answer. ${error instanceof Error ? error.message : error}`)
      failed = true
    }
  }
  const report: Report = {
    node: process.version,
    cores: availableParallelism(),
    questions: answers,
  }
  print(renderTable(answers, QUESTIONS))
  if (file) await file.write(`${JSON.stringify(report, null, 2)}\n`, signal)
  return failed ? 1 : 0
})
