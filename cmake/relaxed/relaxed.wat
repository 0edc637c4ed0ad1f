(module (func (export "madd") (param $a v128) (param $b v128) (param $c v128) (result v128)
  (f32x4.relaxed_madd (local.get $a) (local.get $b) (local.get $c))))
