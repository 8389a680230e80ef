import Table from 'cli-table3'
import { type Answer, type Goal, isMet, type Question } from './question.ts'

/** One line for each ratio and figure; those with a goal come first. */
export function renderTable(
  answers: Readonly<Record<string, Answer>>,
  questions: readonly Question[],
): string {
  const table = new Table({
    head: ['question', 'measured', 'median', 'least to greatest', 'goal', ''],
    colAligns: ['left', 'left', 'right', 'left', 'left', 'left'],
    style: process.stdout.isTTY ? {} : { head: [], border: [] },
  })
  for (const { name, goals } of questions) {
    const answer = answers[name]
    if (answer === undefined) continue
    const measured = Object.entries({ ...answer.ratios, ...answer.figures })
    const sorted = measured.toSorted(([a], [b]) => Number(b in goals) - Number(a in goals))
    sorted.forEach(([what, median], index) => {
      const [min, max] = answer.ranges[what] ?? [median, median]
      table.push([
        index === 0 ? name : '',
        what,
        text(median),
        `${text(min)} to ${text(max)}`,
        ...goalCells(goals[what], median),
      ])
    })
  }
  return table.toString()
}

function goalCells(goal: Goal | undefined, found: number): [string, string] {
  if (goal === undefined) return ['', '']
  return [`${goal.kind} ${text(goal.value)}`, isMet(goal, found) ? 'met' : 'not met']
}

function text(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits })
}
