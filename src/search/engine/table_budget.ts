/**
 * The memory that compiled patterns and their tables may take together.
 *
 * Each lazy DFA reports when its table grows, and each interrupted slow walk when it begins to keep its threads. Where
 * all patterns in use, tables included, exceed the budget, the tables that were not used for the longest time are
 * emptied. A verdict that was interrupted on an emptied table begins anew: it takes longer and is the same. A pattern
 * counts while it is reachable.
 *
 * @module
 */

/** The table of one pattern, as its budget sees it. */
export interface BudgetedTable {
  /** When it was used last, by {@linkcode TableBudget.now}. */
  usedAt: number;
  /** Returns the bytes that it takes, its pattern included. */
  size(): number;
  /** Empties the table, and returns the bytes that are left. */
  release(): number;
}

/** A budget for the tables of many patterns. */
export interface TableBudget {
  /** Counts a table from now on; may empty others. */
  add(table: BudgetedTable): void;
  /** Notes that a table has grown; may empty others, never this one. */
  grown(table: BudgetedTable): void;
  /** Returns the time of a use: a number that grows with each call. */
  now(): number;
  /** Returns the bytes that all patterns and tables take together. */
  size(): number;
  /** Empties all tables: they are made anew where they are used again. */
  release(): void;
}

/** Bytes that compiled patterns and their tables take together, unless a single table needs more. */
export const MAX_COMPILED_BYTES: number = 16 * 1024 * 1024;

/** Once over the budget, tables are emptied down to this share of it: otherwise each growth would empty one. */
const KEPT_SHARE = 0.75;

/** What can be set. */
export interface TableBudgetOptions {
  /** Bytes for all of them. @default {MAX_COMPILED_BYTES} */
  readonly maxBytes?: number;
}

/** Creates a budget without tables. */
export function createTableBudget({ maxBytes = MAX_COMPILED_BYTES }: TableBudgetOptions = {}): TableBudget {
  const references = new Set<WeakRef<BudgetedTable>>();
  let clock = 0;

  /** Returns the tables that are still reachable. */
  function tables(): BudgetedTable[] {
    const reachable: BudgetedTable[] = [];
    for (const reference of references) {
      const table = reference.deref();
      if (table === undefined) references.delete(reference);
      else reachable.push(table);
    }
    return reachable;
  }

  function size(): number {
    return tables().reduce((sum, table) => sum + table.size(), 0);
  }

  function grown(table: BudgetedTable): void {
    let total = size();
    if (total <= maxBytes) return;
    for (const idle of tables().sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= maxBytes * KEPT_SHARE) return;
      if (idle === table) continue;
      total -= idle.size();
      total += idle.release();
    }
  }

  return {
    add: (table) => {
      references.add(new WeakRef(table));
      grown(table);
    },
    grown,
    now: () => ++clock,
    size,
    release: () => {
      for (const table of tables()) table.release();
    },
  };
}

/** The budget of the process. */
export const tableBudget: TableBudget = createTableBudget();
