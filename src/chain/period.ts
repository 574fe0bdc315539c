import { calendarDate } from './backup-id.js';

/** How often a new chain begins. */
export type Period = 'day' | 'week' | 'month';

const dayMs = 86_400_000;

/** How many days one is at most. */
export const longestDays: Record<Period, number> = { day: 1, week: 7, month: 31 };

/** The period that a moment is in: `2026-11-22`, `2026-W47` or `2026-11`. As text they are in their order. */
export function periodOf(at: Date, timezone: string, every: Period): string {
  return periodOfDate(calendarDate(at, timezone), every);
}

/** The period of a calendar date such as `2026-11-22`. */
export function periodOfDate(date: string, every: Period): string {
  if (every === 'day') return date;
  if (every === 'month') return date.slice(0, 7);
  // ISO 8601: a week belongs to the year that its Thursday is in.
  const thursday = addDays(mondayOf(date), 3);
  const year = thursday.slice(0, 4);
  const week = Math.floor((midnight(thursday) - midnight(`${year}-01-01`)) / (7 * dayMs)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/**
 * The first date of the period that a moment is in. All chains of the period are named from this date on, so
 * no manifest before it is needed to plan a backup. (After a change of `timezone` a full may have an earlier
 * name; then its chain is not found whole, and a full backup is made.)
 */
export function firstDateOfPeriod(at: Date, timezone: string, every: Period): string {
  const date = calendarDate(at, timezone);
  if (every === 'day') return date;
  return every === 'month' ? `${date.slice(0, 7)}-01` : mondayOf(date);
}

function mondayOf(date: string): string {
  const daysSinceMonday = (new Date(midnight(date)).getUTCDay() + 6) % 7;
  return addDays(date, -daysSinceMonday);
}

function addDays(date: string, days: number): string {
  return new Date(midnight(date) + days * dayMs).toISOString().slice(0, 10);
}

/** A date as a number to count days with; UTC, where every day has 24 hours. */
function midnight(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}
