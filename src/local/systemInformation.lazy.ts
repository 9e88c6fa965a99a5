// A file of its own: it is large, and needed once a day.
export { cpu, graphics } from 'systeminformation';
