;; All of wasi_snapshot_preview1, answered from fabric:chaincode/context.
;;
;; time    realtime: the transaction's timestamp plus what the guest slept. Other clocks: one microsecond more with
;;         every reading, so that they are never zero and always rise. Sleeping returns at once.
;; random  splitmix64, seeded once from random-u64.
;; output  file descriptors 1 and 2 are log lines. There is no other file, directory, socket, argument or variable.
;;
;; Timestamp and seed are fetched once and kept: a language runtime may ask for them while the host is inside its
;; cabi_realloc or post-return, where a component must not call out.
(module
  (import "env" "memory" (memory 0))
  (import "fabric:chaincode/context@0.1.0" "tx-nanos" (func $tx_nanos (result i64)))
  (import "fabric:chaincode/context@0.1.0" "random-u64" (func $random_u64 (result i64)))
  (import "fabric:chaincode/context@0.1.0" "write-log" (func $write_log (param i32 i32 i32)))

  (global $ready (mut i32) (i32.const 0))
  (global $start (mut i64) (i64.const 0))
  (global $slept (mut i64) (i64.const 0))
  (global $ticks (mut i64) (i64.const 0))
  (global $state (mut i64) (i64.const 0))

  (func $prepare
    (if (i32.eqz (global.get $ready))
      (then
        (global.set $start (call $tx_nanos))
        (global.set $state (call $random_u64))
        (global.set $ready (i32.const 1)))))

  ;; ---- time ----

  (func $now (param $clock i32) (result i64)
    (local $at i64)
    (call $prepare)
    (local.set $at (i64.add (global.get $start) (global.get $slept)))
    (if (result i64) (i32.eqz (local.get $clock))
      (then (local.get $at))
      (else
        (global.set $ticks (i64.add (global.get $ticks) (i64.const 1000)))
        (i64.add (local.get $at) (global.get $ticks)))))

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $out i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (i32.const 28))))
    (i64.store (local.get $out) (call $now (local.get $clock)))
    (i32.const 0))

  (func (export "clock_res_get") (param $clock i32) (param $out i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (i32.const 28))))
    (i64.store (local.get $out) (i64.const 1000))
    (i32.const 0))

  ;; Nanoseconds that a clock subscription still has to wait; never negative.
  (func $wait_of (param $subscription i32) (result i64)
    (local $timeout i64)
    (local.set $timeout (i64.load offset=24 (local.get $subscription)))
    (if (i32.and (i32.load16_u offset=40 (local.get $subscription)) (i32.const 1))
      (then
        (local.set $timeout
          (i64.sub (local.get $timeout) (call $now (i32.load offset=16 (local.get $subscription)))))
        (if (i64.lt_s (local.get $timeout) (i64.const 0)) (then (return (i64.const 0))))))
    (local.get $timeout))

  ;; Every subscription is ready at once; those on a clock move it by the longest wait among them.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (local $left i32) (local $wait i64) (local $longest i64) (local $kind i32)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (local.set $left (local.get $count))
    (loop $each
      (local.set $kind (i32.load8_u offset=8 (local.get $in)))
      (if (i32.eqz (local.get $kind))
        (then
          (local.set $wait (call $wait_of (local.get $in)))
          (if (i64.gt_u (local.get $wait) (local.get $longest)) (then (local.set $longest (local.get $wait))))))
      ;; event: userdata u64, errno u16, type u8, and for descriptors bytes u64 and flags u16
      (i64.store (local.get $out) (i64.load (local.get $in)))
      (i64.store offset=8 (local.get $out) (i64.shl (i64.extend_i32_u (local.get $kind)) (i64.const 16)))
      (i64.store offset=16 (local.get $out) (i64.const 0))
      (i64.store offset=24 (local.get $out) (i64.const 0))
      (local.set $in (i32.add (local.get $in) (i32.const 48)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $each (local.get $left)))
    (global.set $slept (i64.add (global.get $slept) (local.get $longest)))
    (i32.store (local.get $events) (local.get $count))
    (i32.const 0))

  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; ---- random ----

  (func $next_random (result i64)
    (local $x i64)
    (call $prepare)
    (global.set $state (i64.add (global.get $state) (i64.const 0x9e3779b97f4a7c15)))
    (local.set $x (global.get $state))
    (local.set $x
      (i64.mul (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 30))) (i64.const 0xbf58476d1ce4e5b9)))
    (local.set $x
      (i64.mul (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 27))) (i64.const 0x94d049bb133111eb)))
    (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 31))))

  (func (export "random_get") (param $out i32) (param $len i32) (result i32)
    (local $word i64)
    (block $done
      (loop $words
        (br_if $done (i32.lt_u (local.get $len) (i32.const 8)))
        (i64.store align=1 (local.get $out) (call $next_random))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $len (i32.sub (local.get $len) (i32.const 8)))
        (br $words)))
    (if (local.get $len) (then (local.set $word (call $next_random))))
    (block $end
      (loop $bytes
        (br_if $end (i32.eqz (local.get $len)))
        (i64.store8 (local.get $out) (local.get $word))
        (local.set $word (i64.shr_u (local.get $word) (i64.const 8)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))
        (br $bytes)))
    (i32.const 0))

  ;; ---- output ----

  (func $is_output (param $fd i32) (result i32)
    (i32.or (i32.eq (local.get $fd) (i32.const 1)) (i32.eq (local.get $fd) (i32.const 2))))

  (func (export "fd_write") (param $fd i32) (param $vec i32) (param $count i32) (param $out i32) (result i32)
    (local $len i32) (local $sum i32)
    (if (i32.eqz (call $is_output (local.get $fd))) (then (return (i32.const 8))))
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $len (i32.load offset=4 (local.get $vec)))
        (if (local.get $len)
          (then (call $write_log (local.get $fd) (i32.load (local.get $vec)) (local.get $len))))
        (local.set $sum (i32.add (local.get $sum) (local.get $len)))
        (local.set $vec (i32.add (local.get $vec) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $each)))
    (i32.store (local.get $out) (local.get $sum))
    (i32.const 0))

  ;; Standard input is at its end from the start.
  (func (export "fd_read") (param $fd i32) (param $vec i32) (param $count i32) (param $out i32) (result i32)
    (if (local.get $fd) (then (return (i32.const 8))))
    (i32.store (local.get $out) (i32.const 0))
    (i32.const 0))

  ;; The three standard streams are character devices with all rights and no flags.
  (func (export "fd_fdstat_get") (param $fd i32) (param $out i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (i64.store (local.get $out) (i64.const 2))
    (i64.store offset=8 (local.get $out) (i64.const -1))
    (i64.store offset=16 (local.get $out) (i64.const -1))
    (i32.const 0))

  (func (export "fd_filestat_get") (param $fd i32) (param $out i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (memory.fill (local.get $out) (i32.const 0) (i32.const 64))
    (i32.store8 offset=16 (local.get $out) (i32.const 2))
    (i32.const 0))

  ;; ---- the process ----

  (func $none (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $none))
  (export "environ_sizes_get" (func $none))

  (func $nothing (param i32 i32) (result i32) (i32.const 0))
  (export "args_get" (func $nothing))
  (export "environ_get" (func $nothing))

  (func (export "proc_exit") (param i32) unreachable)
  (func (export "proc_raise") (param i32) (result i32) unreachable)

  ;; ---- what does not exist: 8 bad descriptor, 44 no such entry, 70 cannot seek ----

  (func $bad_i (param i32) (result i32) (i32.const 8))
  (export "fd_close" (func $bad_i))
  (export "fd_datasync" (func $bad_i))
  (export "fd_sync" (func $bad_i))
  (func $bad_ii (param i32 i32) (result i32) (i32.const 8))
  (export "fd_fdstat_set_flags" (func $bad_ii))
  (export "fd_prestat_get" (func $bad_ii))
  (export "fd_renumber" (func $bad_ii))
  (export "sock_shutdown" (func $bad_ii))
  (func (export "fd_tell") (param i32 i32) (result i32) (i32.const 70))
  (func $bad_iii (param i32 i32 i32) (result i32) (i32.const 8))
  (export "fd_prestat_dir_name" (func $bad_iii))
  (export "sock_accept" (func $bad_iii))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 70))
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func $bad_at (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (export "fd_pread" (func $bad_at))
  (export "fd_pwrite" (func $bad_at))
  (export "fd_readdir" (func $bad_at))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))

  (func $absent_3 (param i32 i32 i32) (result i32) (i32.const 44))
  (export "path_create_directory" (func $absent_3))
  (export "path_remove_directory" (func $absent_3))
  (export "path_unlink_file" (func $absent_3))
  (func $absent_5 (param i32 i32 i32 i32 i32) (result i32) (i32.const 44))
  (export "path_filestat_get" (func $absent_5))
  (export "path_symlink" (func $absent_5))
  (func $absent_6 (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 44))
  (export "path_readlink" (func $absent_6))
  (export "path_rename" (func $absent_6))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 44))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 44))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 44))
)
