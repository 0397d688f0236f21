/** Orders of the benchmark: about 1 KB of JSON with five positions, each number only once. */
export interface BenchOrder {
  ref: string;
  placedAt: string;
  buyer: { fullName: string; email: string; phone: string };
  note: string;
  positions: { article: string; pieces: number; price: number }[];
}

const articles = ['ANCHOR-M12', 'BRACKET-40', 'CABLE-TIE-3', 'DRILL-6', 'ELBOW-15', 'FLANGE-50', 'GASKET-20'];
const two = (value: number): string => String(value).padStart(2, '0');

export function benchOrder(prefix: string, n: number): BenchOrder {
  return {
    ref: `${prefix}-${n}`,
    placedAt: `2026-${two(1 + (n % 12))}-${two(1 + (n % 28))}T${two(n % 24)}:40:15+03:00`,
    buyer: { fullName: ` Кузнецова Ольга Викторовна ${n % 700} `, email: `Olga.Kuznetsova${n % 700}@Example.org `, phone: `8 (903) ${100 + (n % 900)}-${two(n % 100)}-31` },
    note: ` ${'Доставка в рабочее время; на складе есть погрузчик, счёт уже оплачен. '.repeat(4)}`,
    positions: Array.from({ length: 5 }, (_, index) => ({ article: `${articles[(n + index) % articles.length] ?? ''}-${1_000 + ((n * 3 + index) % 9_000)}`, pieces: 1 + ((n + index) % 8), price: (750 + ((n * 17 + index * 29) % 90_000)) / 100 })),
  };
}

/** The same twelve fields as the route's mapping, written by hand. Throws for an order that the route would refuse. */
export function mapByHand(order: BenchOrder): readonly [string, string, string, string, string, string, string, number, number, string, string, string] {
  if (typeof order.ref !== 'string' || order.ref === '' || typeof order.buyer?.fullName !== 'string' || !Array.isArray(order.positions)) throw new Error('not an order');
  const placed = new Date(order.placedAt);
  if (Number.isNaN(placed.getTime())) throw new Error('not an order: placedAt');
  let cents = 0;
  let pieces = 0;
  const found: string[] = [];
  for (const position of order.positions) {
    if (typeof position.pieces !== 'number' || typeof position.price !== 'number') throw new Error('not an order: a position');
    cents += Math.round(position.pieces * position.price * 100);
    pieces += position.pieces;
    found.push(position.article);
  }
  const { fullName, email, phone } = order.buyer;
  const day = order.placedAt.slice(0, 10);
  return [order.ref, fullName.trim(), email.trim().toLowerCase(), `+7${phone.replace(/\D/g, '').slice(1)}`, placed.toISOString(), day, order.note.trim(), order.positions.length, pieces, (cents / 100).toFixed(2), found.join(','), JSON.stringify(order.positions)];
}
